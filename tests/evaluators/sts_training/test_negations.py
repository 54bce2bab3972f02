"""Sentences differ from their negations, and every pair is there once."""

from __future__ import annotations

import pytest

from evaluators.sts_training.negations import negations


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sentence_stands_beside_its_negation_and_a_paraphrase(language: str) -> None:
    found = negations(language)  # type: ignore[arg-type]
    assert found.negation.first == found.paraphrase.first
    assert len(found.negation) == 40
    texts = {*found.negation.first, *found.negation.second, *found.paraphrase.second}
    assert len(texts) == 120
    negated = " not ", "never", "nobody", "不", "没"
    assert all(any(word in s for word in negated) for s in found.negation.second)
    assert not any(word in s for word in negated for s in found.paraphrase.second)
