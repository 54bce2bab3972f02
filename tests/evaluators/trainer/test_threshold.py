"""The threshold of a similarity: the exact scan beside brute force and the published search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from evaluators.errors import MethodError, ScoreError
from evaluators.trainer.threshold import (
    METRICS,
    Metric,
    above,
    best_threshold,
    powell_threshold,
    worth_at,
)


def brute_force(scores: np.ndarray, labels: np.ndarray, metric: Metric) -> float:
    chosen = np.stack([scores > cut for cut in (-np.inf, *np.unique(scores))])
    right = labels.astype(bool)
    if metric == "accuracy":
        return float((chosen == right).mean(axis=1).max())
    hits = (chosen & right).sum(axis=1)
    precision = hits / np.maximum(chosen.sum(axis=1), 1)
    recall = hits / right.sum()
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-300)).max())


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a case of 1 to 40 pairs, most of them with many ties."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 41))
    labels = (rng.random(n) < rng.uniform(0, 1)).astype(int)
    scores = np.tanh(rng.normal(size=n) + rng.uniform(-1, 2) * labels)
    return np.round(scores, int(rng.integers(0, 4))), labels


def test_the_scan_equals_brute_force_on_a_thousand_cases_with_ties() -> None:
    ties = 0
    for seed in range(1000):
        scores, labels = random_case(seed)
        ties += len(np.unique(scores)) < len(scores)
        for metric in METRICS:
            if metric == "f1" and not labels.any():
                continue
            found = best_threshold(scores, labels, metric)
            assert found.score == pytest.approx(brute_force(scores, labels, metric), abs=1e-15)
            assert found.score == worth_at(scores, labels, found.value, metric)
    assert ties > 500


def test_the_worth_of_a_cut_is_that_of_scikit_learn() -> None:
    scores, labels = random_case(7)
    found = best_threshold(scores, labels, "f1")
    assert found.score == pytest.approx(f1_score(labels, scores > found.value), abs=1e-15)
    found = best_threshold(scores, labels)
    assert found.score == accuracy_score(labels, scores > found.value)


def test_the_scan_is_never_worse_than_powell_and_often_better() -> None:
    lost = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        labels = rng.random(200) < 0.4
        scores = np.tanh(rng.normal(size=200) * 0.3 + 0.4 * labels)
        for metric in METRICS:
            exact = best_threshold(scores, labels, metric)
            lost.append(exact.score - powell_threshold(scores, labels, metric).score)
    assert min(lost) >= 0
    assert np.mean(np.array(lost) > 1e-3) > 0.1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 5e-324]),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_extreme_scores_have_a_finite_cut_that_is_worth_what_it_says(
    pairs: list[tuple[float, bool]],
) -> None:
    scores = np.array([score for score, _ in pairs])
    labels = np.array([label for _, label in pairs])
    found = best_threshold(scores, labels)
    assert found.score == brute_force(scores, labels, "accuracy")
    assert worth_at(scores, labels, found.value) == found.score
    if scores.min() > -np.finfo(float).max:
        assert np.isfinite(found.value)


def test_a_cut_lies_in_the_middle_of_the_widest_gap() -> None:
    assert best_threshold([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]).value == pytest.approx(0.5)
    # 3 of 4 are right below 0.3 and below 0.9: the gap below 0.9 is the wider one.
    assert best_threshold([0.2, 0.3, 0.4, 0.9], [0, 1, 0, 1]).value == pytest.approx(0.65)


def test_one_class_alone_is_cut_off_whole() -> None:
    assert best_threshold([0.3, 0.7], [0, 0]) == (0.7, 1.0)
    found = best_threshold([0.3, 0.7], [1, 1])
    assert found.value < 0.3
    assert found.score == 1.0


def test_float32_scores_are_cut_as_they_are() -> None:
    scores = np.array([0.1, np.nextafter(np.float32(0.1), np.float32(1))], dtype=np.float32)
    found = best_threshold(scores, [0, 1])
    assert above(scores, found.value).tolist() == [False, True]


BAD = {
    "empty": ([], [], MethodError, "at least one score"),
    "lengths": ([0.1], [0, 1], MethodError, "one label a score"),
    "nan": ([0.1, float("nan")], [0, 1], ScoreError, "got nan as score 1"),
    "three classes": ([0.1, 0.2], [0, 2], MethodError, "must be 0 or 1, got"),
    "infinite": ([0.1, float("inf")], [0, 1], ScoreError, "finite"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("search", [best_threshold, powell_threshold])
def test_what_has_no_threshold_is_refused(search: object, case: str) -> None:
    scores, labels, error, match = BAD[case]
    with pytest.raises(error, match=match):
        search(scores, labels)  # type: ignore[operator]


def test_f1_without_a_positive_is_refused() -> None:
    with pytest.raises(MethodError, match="F1 is undefined"):
        best_threshold([0.1, 0.2], [0, 0], "f1")
