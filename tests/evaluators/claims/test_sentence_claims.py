"""What claims about methods of sentence vectors compare."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evaluators.claims import NotTestable, RowEvidence
from evaluators.claims.judging.rules import Ruling
from evaluators.claims.judging.sentences import against_all, is_swapped, sides, with_pooling
from evaluators.statistics import mean_interval


def evidence(values: Mapping[str, Mapping[int, float]], **group: str) -> RowEvidence:
    return RowEvidence(
        [
            {"arm": arm, "metric": "spearman", "seed": seed, "value": value}
            for arm, by_seed in values.items()
            for seed, value in by_seed.items()
        ],
        group,
    )


def test_an_arm_without_training_counts_for_every_seed() -> None:
    three = {0: 0.5, 1: 0.6, 2: 0.7}
    found = sides(
        evidence({"simcse": three, "whitened-target": {0: 0.4}}),
        "spearman",
        "simcse",
        "whitened-target",
    )
    assert found == [(50, 40), (60, 40), (70, 40)]
    with pytest.raises(NotTestable, match="1 common seeds"):
        sides(evidence({"simcse": three, "cosent": {0: 0.4}}), "spearman", "simcse", "cosent")


def test_arms_are_compared_under_one_pooling() -> None:
    one = {0: 0.5}
    both = evidence({"simcse": one, "simcse/cls": one, "raw/cls": one})
    assert with_pooling(both, "spearman", "simcse", "raw") == ("simcse/cls", "raw/cls")
    usual = evidence({"simcse": one, "simcse/cls": one, "raw/cls": one, "raw": one})
    assert with_pooling(usual, "spearman", "simcse", "raw") == ("simcse", "raw")
    with pytest.raises(NotTestable, match="one pooling"):
        with_pooling(evidence({"simcse": one, "raw/cls": one}), "spearman", "simcse", "raw")


@pytest.mark.parametrize(
    ("group", "swapped"),
    [
        ({"task": "PAWSX"}, True),
        ({"task": "STSB", "setting": "train PAWSX, test STSB"}, False),
        ({"setting": "train BQ, test PAWSX, 64"}, True),
        ({"setting": "swapped words, 10000 sentences"}, True),
        ({"setting": "graded pairs, 10000 sentences"}, False),
    ],
)
def test_pairs_of_the_same_words_are_known_by_what_is_scored(
    group: dict[str, str], swapped: bool
) -> None:
    assert is_swapped(evidence({}, **group)) is swapped


def test_one_refuted_comparison_refutes_all_by_bonferroni() -> None:
    found = {name: mean_interval([1.0, 2.0]) for name in "abc"}
    rulings = {
        "a": Ruling("holds", 0.01),
        "b": Ruling("refuted", 0.01),
        "c": Ruling("refuted", 0.04),
    }
    words = iter(rulings.values())
    assert against_all(found, lambda _: next(words)) == ("b", Ruling("refuted", 0.03))
    words = iter([Ruling("holds", 0.01), Ruling("refuted", 0.04), Ruling("holds", 0.01)])
    assert against_all(found, lambda _: next(words))[1].word == "inconclusive"
    words = iter([Ruling("holds", 0.01), Ruling("holds", 0.04), Ruling("holds", 0.02)])
    assert against_all(found, lambda _: next(words)) == ("b", Ruling("holds", 0.04))
