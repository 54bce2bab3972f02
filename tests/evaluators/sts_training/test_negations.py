"""Sentences differ from their negations, and every pair is there once."""

from __future__ import annotations

import pytest

from evaluators.sts_training.negations import COUNT, mean_cosines, negations


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sentence_stands_beside_its_negation_and_a_paraphrase(language: str) -> None:
    found = negations(language)  # type: ignore[arg-type]
    assert found.first[:COUNT] == found.first[COUNT:]
    assert len(found) == 2 * COUNT == 80
    assert len({*found.first, *found.second}) == 120
    negated = " not ", "never", "nobody", "不", "没"
    assert all(any(word in s for word in negated) for s in found.second[:COUNT])
    assert not any(word in s for word in negated for s in found.second[COUNT:])
    cosines = mean_cosines(found, [0.25] * COUNT + [0.75] * COUNT)
    assert cosines == {"negation_cosine": 0.25, "paraphrase_cosine": 0.75}
