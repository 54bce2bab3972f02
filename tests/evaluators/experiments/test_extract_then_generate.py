"""Summaries of paragraphs by extracting, generating, or both."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.errors import DatasetError
from evaluators.experiments import _lead_sentences as lead
from evaluators.experiments._summary_pairs import END, FILLED, SUMMARY, UNKNOWN, WRITE, Alphabet
from evaluators.experiments.extract_then_generate import Recipe, compare


def text(count: int = 30) -> list[str]:
    """Return paragraphs whose summary stands in their last sentence."""
    rng = np.random.default_rng(0)
    kinds = [chr(0x4E00 + i) for i in range(40)]

    def words(size: int) -> str:
        return "".join(rng.choice(kinds, size))

    made = []
    for _ in range(count):
        summary = words(12)
        made.append(f"{summary}。{words(30)}。{words(30)}。{words(3)}{summary}。")
    return made


def test_rouge_of_characters_is_a_hand_computed_one() -> None:
    # 3 of 4 characters, 1 of 3 pairs, and the longest common subsequence is 3 of 4.
    found = lead.rouge("甲乙丙丁", "甲乙丁戊", lead.scorer())
    assert found == pytest.approx([3 / 4, 1 / 3, 3 / 4])


def test_only_paragraphs_that_do_not_fit_are_summarised() -> None:
    found = lead.paragraphs(text(), 20, 50)
    assert len(found) == 30
    assert found[0].summary == text()[0][:13]
    with pytest.raises(DatasetError, match="0 paragraphs"):
        lead.paragraphs(text(), 20, 500)


def test_the_extractor_finds_the_sentence_that_says_the_same() -> None:
    every = lead.paragraphs(text(60), 20, 50)
    extractor = lead.Extractor(every[:40])
    right = [extractor.order(each.sentences)[0] == 2 for each in every[40:]]
    assert np.mean(right) > 0.8
    kept = extractor.extract(every[50].sentences, 50)
    assert every[50].summary in kept
    assert len(kept) <= 50


def test_a_pair_is_cut_filled_and_read_back() -> None:
    alphabet = Alphabet(["甲乙丙", "甲乙", "甲"], 2)
    source, summary = alphabet.pair("乙甲丙甲", "甲丙乙", 3)
    assert source == [END + 2, END + 1, UNKNOWN, WRITE]
    assert summary == [END + 1, UNKNOWN, END + 2, *[END] * (SUMMARY - 2)]
    assert alphabet.text(summary) == "甲乙"
    assert alphabet.pair("甲", "甲", 3)[0] == [FILLED, FILLED, END + 1, WRITE]


def test_a_short_run_has_every_number_and_repeats() -> None:
    recipe = Recipe(
        tested=8, room=50, vocabulary=45, steps=6, batch=4, rate=3e-3, width=8, layers=1
    )
    first, again = (compare(text(), [1, 2], recipe, lambda *_: None) for _ in range(2))
    assert first.scores == again.scores
    found = {
        (score.metric, score.variant["arm"]) for score in first.scores if score.variant["seed"] == 1
    }
    for kind in ("rouge1", "rouge2", "rougel"):
        for arm in ("extract", "truncated, generate", "extract, generate"):
            assert (kind, arm) in found
    extracted = [
        score.value
        for score in first.scores
        if (score.metric, score.variant["arm"]) == ("rougel", "extract")
    ]
    assert min(extracted) > 0.5, "the last sentence has the summary"
