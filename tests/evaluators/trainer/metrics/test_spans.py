"""Exact match and F1 of answers are those of CMRC 2018's definition."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer

from evaluators.clue.metrics import metrics_of, right
from evaluators.trainer.metrics import exact, f1_of, longest_run, units
from tests.evaluators.trainer.metrics.made import predictions, task

MARKS = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』"


def defined_units(text: str) -> list[str]:
    """Cut a text by its definition, by a pattern instead of character by character."""
    kept = "".join(c for c in text.lower().strip() if c not in MARKS)
    found: list[str] = []
    for piece in re.findall("[一-龥]|[^一-龥]+", kept):
        if re.match("[一-龥]", piece):
            found.append(piece)
            continue
        # What ends in a full stop and is followed by a space ends a sentence: no text here has an
        # abbreviation before one.
        for sentence in re.split(r"(?<=[.?!])\s+", piece):
            found += NLTKWordTokenizer().tokenize(sentence)
    return found


def defined_f1(answers: tuple[str, ...], said: str) -> float:
    scores = []
    for answer in answers:
        one, other = defined_units(answer), defined_units(said)
        run = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
        scores.append(2 * run / (len(one) + len(other)) if run else 0.0)
    return max(scores)


CASES = [
    (("光荣和ω-force",), "光荣和ω-force", True, 1.0),
    (("《战国无双3》",), "战国无双3", True, 1.0),
    (("踢爆",), "踢爆。", True, 1.0),
    (("NEXON",), "nexon", True, 1.0),
    (("韩国Nexon",), "韩国", False, 2 * 1 * (2 / 3) / (1 + 2 / 3)),
    (("一九九八年", "1998年"), "1998年", True, 1.0),
    (("北京市海淀区",), "海淀", False, 2 * 1 * (2 / 6) / (1 + 2 / 6)),
    (("甲乙丙丁",), "甲乙X丙丁", False, 2 * (2 / 5) * (2 / 4) / (2 / 5 + 2 / 4)),
    (("答案",), "", False, 0.0),
    (("答案",), "。，！", False, 0.0),
    (("3.5%",), "3.5 %", False, 1.0),
    (("甲……乙",), "甲乙", False, 2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3)),
    (("甲",), "  甲 ", True, 1.0),
    # Units hello, world, ., foo, bar: nltk.word_tokenize splits sentences before words.
    (("hello world",), "hello world. foo bar", False, 2 * (2 / 5) * 1 / (2 / 5 + 1)),
    (("hello world.",), "hello world. foo bar", False, 2 * (3 / 5) * 1 / (3 / 5 + 1)),
]


@pytest.mark.parametrize(("answers", "said", "em", "f1"), CASES)
def test_crafted_cases(answers, said, em, f1):
    assert exact(answers, said) is em
    assert f1_of(answers, said) == pytest.approx(f1)
    assert f1_of(answers, said) == pytest.approx(defined_f1(answers, said))


texts = st.text(alphabet="甲乙丙丁ab 12.,，。《》-…%'", max_size=14)


@given(st.lists(texts, min_size=1, max_size=3), texts)
def test_f1_is_the_definition_on_any_text(answers, said):
    assert f1_of(tuple(answers), said) == pytest.approx(defined_f1(tuple(answers), said))


@given(texts)
def test_units_are_the_definition_on_any_text(text):
    assert units(text) == defined_units(text)


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_longest_run_is_contiguous(one, other):
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    assert longest_run(one, other) == matcher.find_longest_match().size


def test_the_leaderboards_number_is_the_mean_of_both():
    made = predictions("span", (), [("甲乙",), ("丙",)], ["甲", "丙"])
    found = {m.name: m.total for m in metrics_of(task("span", "em_f1"), made)}
    assert found["em"] == 0.5
    assert found["f1"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["em_f1"] == pytest.approx((found["em"] + found["f1"]) / 2)
    assert right(made).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # As nltk.word_tokenize splits them with punkt_tab's English model.
        ("cathedral church of st. paul", ["cathedral", "church", "of", "st.", "paul"]),
        ("dr. alfred bauer", ["dr.", "alfred", "bauer"]),
        ("rufus b. von kleinsmid", ["rufus", "b.", "von", "kleinsmid"]),
        ("a.d. vision", ["a.d.", "vision"]),
        ("what? yes! no.", ["what", "?", "yes", "!", "no", "."]),
        (" ", []),
        ("", []),
    ],
)
def test_a_full_stop_after_an_abbreviation_ends_no_sentence(text, wanted):
    assert units(text) == wanted
