"""What claims and experiments say, in Chinese: a new one without its texts fails by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import language, vocabulary
from dashboard.claims import reasons
from dashboard.claims.reasons import sentences, translated, translated_rule
from dashboard.language import CHINESE, REASON
from db import Store
from evaluators import claims, registry
from tests.dashboard import catalogue, forms_in_code
from tests.dashboard.experiments import keep_arms
from tests.dashboard.look import everything

Open = Callable[..., AppTest]

_CHINESE = re.compile("[\u4e00-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NAMED = re.compile(r"(?:^|, |: )[^,:]* [-+\N{MINUS SIGN}]?[\d.,e+-]+%?(?=,|$)")
"""An entry of a list of arms with their numbers: `global-pointer 80.0`."""


@pytest.fixture(scope="module")
def known() -> Mapping[tuple[str, str | None], str]:
    """The Chinese texts by the English one and its context."""
    return {
        (str(message.id), message.context): str(message.string)
        for message in catalogue.kept()
        if message.id and message.string and not isinstance(message.id, tuple)
    }


@pytest.fixture
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show texts in Chinese outside of a page."""
    monkeypatch.setattr(language, "current", lambda: CHINESE)
    monkeypatch.setattr(reasons, "current", lambda: CHINESE)


def _lacking(texts: Iterable[str], known: Mapping[tuple[str, str | None], str]) -> list[str]:
    return [text for text in texts if not known.get((text, None))]


@pytest.mark.parametrize("name", claims.names())
def test_claim_has_its_texts_in_chinese(
    name: str, known: Mapping[tuple[str, str | None], str]
) -> None:
    found = _lacking(vocabulary.of_claim(claims.find(name)), known)
    assert found == [], f"claim {name}: run python -m tests.dashboard.catalogue, and translate"


@pytest.mark.parametrize("name", registry.names())
def test_experiment_has_its_description_in_chinese(
    name: str, known: Mapping[tuple[str, str | None], str]
) -> None:
    found = _lacking(vocabulary.of_evaluator(name), known)
    assert found == [], f"evaluator {name}: run python -m tests.dashboard.catalogue, and translate"


def test_what_rules_say_has_chinese_forms(known: Mapping[tuple[str, str | None], str]) -> None:
    lacking = [
        f"{file}: {form}"
        for form, file in forms_in_code.forms().items()
        if not known.get((form, REASON))
    ]
    assert lacking == [], "run python -m tests.dashboard.catalogue, and translate"


@pytest.mark.parametrize("name", claims.names())
def test_verdicts_on_controls_are_chinese(name: str, in_chinese: None) -> None:
    claim = claims.find(name)
    english = set()
    for control in claim.controls():
        found = claim.decide(control.evidence)
        for said in (found.detail, found.rests_on, found.settles):
            english |= set(_english_clauses(translated(said)))
    assert english == set()


@pytest.mark.parametrize("name", claims.names())
def test_rule_in_chinese_has_no_english_sentence(name: str, in_chinese: None) -> None:
    said = translated_rule(claims.find(name).decision_rule)
    assert [each for each in re.split("[。；]", said) if each and not _CHINESE.search(each)] == []


def _english_clauses(text: str) -> list[str]:
    """Return the clauses with three English words that are no names of arms, and none Chinese."""
    clauses = text.split("；")
    return [
        clause
        for clause in clauses
        if not _CHINESE.search(clause) and len(_WORDS.findall(_NAMED.sub("", clause))) >= 3
    ]


def test_clause_that_is_not_translated_is_found() -> None:
    assert _english_clauses("7 个随机种子；nothing was learned from it") == [
        "nothing was learned from it"
    ]
    assert _english_clauses("global pointer head 80.0, efficient one of them 83.0") == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # Clauses, each by its form.
        (
            "CoSENT − Sentence-BERT: +6.00 ± 0.29 points of spearman, 7 seeds",
            "CoSENT − Sentence-BERT：+6.00 ± 0.29 个 spearman 百分点，7 个随机种子",
        ),
        (
            "the best later step -0.10; 2 common seeds: an interval needs 3",
            "最好的较后一步 -0.10；2 个共同的随机种子：求区间需要 3 个",
        ),
        # A list whose entries have one form.
        (
            "pairs of models that change order: 3.6% under the geometric mean, 53.6% under the"
            " harmonic mean",
            "改变次序的模型对：几何平均下 3.6%，调和平均下 53.6%",
        ),
        # Words around a reason, and a clause inside brackets.
        (
            "SMOKE RUN (steps 5 of 100), decides nothing (by its numbers: holds): relative error 1",
            "冒烟运行（steps 为 5（默认 100）），不能作出判定（按其数值：成立）：相对误差 1",
        ),
        (
            "prompt − fine-tuning: +0.10 points of accuracy, 7 seeds (no difference: within ±0.2)",
            "prompt − 微调：+0.10 个准确率百分点，7 个随机种子（没有差别：在 ±0.2 之内）",
        ),
        # What no form fits.
        ("somebody wrote this; 7 seeds", "somebody wrote this；7 个随机种子"),
    ],
)
def test_reason_in_chinese(said: str, expected: str, in_chinese: None) -> None:
    assert translated(said) == expected


def test_names_keep_semicolons_inside_brackets(in_chinese: None) -> None:
    said = 'reached by "BERT-EMD(6-layer; Single model; No DA)"'
    assert translated(said) == '达到的有 "BERT-EMD(6-layer; Single model; No DA)"'


def test_rules_that_differ_in_a_number_share_a_form(in_chinese: None) -> None:
    rule = (
        "Looks after more seeds share the 5%. Holds when a one-sided test at 5% finds it above 7,"
        " the smallest gain worth the name; refuted when such a test finds it below 0, or two find"
        " it inside ±7, which is no difference; inconclusive otherwise. Nobody knows this sentence."
    )
    assert translated_rule(rule) == (
        "增加随机种子后再次检验时，共用这 5%。5% 水平的单侧检验认定它大于 7（值得一提的最小提升）"
        "时成立；这样的检验认定它小于 0，或两个这样的检验认定它在 ±7 之内（即没有差别）时被推翻；"
        "其余情形无法断定。Nobody knows this sentence."
    )
    assert translated_rule(rule.replace("±7", "±8")).count("Holds when") == 1


@pytest.mark.parametrize("name", claims.names())
def test_english_is_as_it_was_written(name: str) -> None:
    rule = claims.find(name).decision_rule
    assert translated_rule(rule) == rule == " ".join(sentences(rule))
    assert translated(rule) == rule


def test_form_is_read_from_the_code_that_builds_it() -> None:
    code = '''
def judge(evidence):
    """A docstring is not said."""
    if not evidence:
        raise ValueError("whoever called made a mistake")
    raise NotTestable(f"{len(evidence)} seeds of {name!r}: {FEWEST} are needed; of {name!r} none")

def controls():
    return Control("three of them are better", judge(f"made up for {name} alone"))
'''
    found = [
        forms_in_code.lettered(clause)
        for text in forms_in_code._said(ast.parse(code))
        for clause in forms_in_code.clauses(text)
    ]
    assert found == ["{a} seeds of {b}: {c} are needed", "of {a} none"]


def test_page_of_a_claim_is_chinese(open_page: Open, judged: str) -> None:
    shown = everything(open_page(judged, "claims", claim="averaging-c3", lang="zh"))
    assert "数值是在几何平均和调和平均下达到或超过人类行的模型数" in shown
    assert "来源：Shavrina、Malykh 2021，arXiv:2112.01342，摘要" in shown
    assert "重抽任务后 P(人类第一) 为" in shown
    for english in ("The number is how many", "P(human first)", "as printed; "):
        assert english not in shown
    again = everything(open_page(judged, "claims", claim="averaging-c3", lang="en"))
    assert claims.find("averaging-c3").decision_rule in again


def test_description_of_an_experiment_is_chinese(open_page: Open, store: Store) -> None:
    keep_arms(store)
    shown = everything(open_page(store.url, "experiments", lang="zh"))
    assert "一个句子是 64 维的含义和它自己的风格。" in shown
    assert "A sentence is a meaning and a style of its own" not in shown
    assert "每次运行：sentences 为 500（默认 10000）" in shown
