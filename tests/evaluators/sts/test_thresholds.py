"""Metrics over all thresholds against scikit-learn, and against plain loops over thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, f1_score

from evaluators.errors import ScoreError
from evaluators.sts import thresholds
from evaluators.sts.thresholds import Above, Floats, above, best, by_falling
from evaluators.trainer.threshold import best_threshold

PAIRS = st.lists(
    st.tuples(st.integers(-3, 3).map(float), st.booleans()), min_size=2, max_size=30
).filter(lambda pairs: len({label for _, label in pairs}) == 2 and len({s for s, _ in pairs}) > 1)


def columns(pairs: list[tuple[float, bool]]) -> tuple[Floats, Floats]:
    similarity, gold = zip(*pairs, strict=True)
    return np.array(similarity), np.array(gold, dtype=np.float64)


def naive_best(metric, similarity: Floats, gold: Floats) -> float:
    """Try every place between two different similarities, with scikit-learn's metric."""
    values = np.unique(similarity)
    cuts = (values[1:] + values[:-1]) / 2
    return max(float(metric(gold, similarity > cut)) for cut in cuts)


@given(PAIRS)
def test_average_precision_is_scikit_learns_with_ties(pairs) -> None:
    similarity, gold = columns(pairs)
    expected = average_precision_score(gold, similarity)
    (value,) = thresholds.average_precision(above(by_falling(similarity, gold)))
    assert value == pytest.approx(expected, abs=1e-12)


@given(PAIRS)
def test_the_best_threshold_is_that_of_a_loop_over_all_of_them(pairs) -> None:
    similarity, gold = columns(pairs)
    by = by_falling(similarity, gold)
    at = above(by)
    for values, metric in (
        (thresholds.accuracies, accuracy_score),
        (thresholds.f1s, f1_score),
    ):
        (value,), (place,) = best(values(at), at)
        cut = thresholds.threshold(by, int(place))
        assert value == pytest.approx(naive_best(metric, similarity, gold), abs=1e-12)
        assert value == pytest.approx(metric(gold, similarity > cut), abs=1e-12)
        assert cut not in similarity


@given(PAIRS, st.integers(0, 2**32 - 1))
def test_a_resample_has_the_values_of_its_repeated_rows(pairs, seed) -> None:
    similarity, gold = columns(pairs)
    places = np.random.default_rng(seed).integers(0, len(gold), len(gold))
    counts = np.bincount(places, minlength=len(gold))[None].astype(np.uint16)
    by = by_falling(similarity, gold)
    drawn = above(by_falling(similarity[places], gold[places]))
    at = above(by, counts)
    np.testing.assert_allclose(
        thresholds.average_precision(at), thresholds.average_precision(drawn), atol=1e-12
    )
    for values in (thresholds.accuracies, thresholds.f1s):
        np.testing.assert_allclose(best(values(at), at)[0], best(values(drawn), drawn)[0])


@given(PAIRS)
def test_with_both_ends_it_is_the_scan_of_the_trainer(pairs) -> None:
    similarity, gold = columns(pairs)
    at = above(by_falling(similarity, gold))
    share = float(gold.mean())
    for values, metric, always, never in (
        (thresholds.accuracies, "accuracy", share, 1 - share),
        (thresholds.f1s, "f1", 2 * share / (1 + share), 0.0),
    ):
        (value,), _ = best(values(at), at)
        found = best_threshold(similarity, gold, metric).score
        assert max(value, always, never) == pytest.approx(found, abs=1e-12)


def test_a_threshold_between_neighbouring_numbers_still_tells_them_apart() -> None:
    high = np.nextafter(1.0, 2.0)
    by = by_falling(np.array([1.0, high]), np.array([0.0, 1.0]))
    cut = thresholds.threshold(by, 0)
    assert not cut < 1.0
    assert cut < high


def test_a_threshold_has_pairs_on_both_sides() -> None:
    """Nine of ten pairs are of class 1: to say so of all would be right in nine of ten."""
    gold = np.array([1.0] * 9 + [0.0])
    similarity = np.arange(10.0)  # the negative pair is the most similar
    at = above(by_falling(similarity, gold))
    (value,), _ = best(thresholds.accuracies(at), at)
    assert value == 0.8  # the least similar pair alone below the threshold


def test_equal_similarities_are_never_told_apart() -> None:
    similarity = np.array([1.0, 1.0, 0.0, 0.0])
    gold = np.array([1.0, 0.0, 1.0, 0.0])
    at = above(by_falling(similarity, gold))
    assert at.pairs.tolist() == [[2, 4]]
    (value,), (place,) = best(thresholds.accuracies(at), at)
    assert (value, place) == (0.5, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_similarities_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(ScoreError, match="NaN or infinity"):
        by_falling(np.array([0.0, bad, 1.0]), np.array([0.0, 1.0, 1.0]))


@pytest.mark.parametrize("counts", [[4, 0, 0, 0], [0, 0, 2, 2], [0, 4, 0, 0]])
def test_a_resample_of_one_class_or_one_similarity_has_no_value(counts: list[int]) -> None:
    similarity, gold = np.array([3.0, 2.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0, 0.0])
    at: Above = above(by_falling(similarity, gold), np.array([counts], dtype=np.uint16))
    for values in (thresholds.accuracies, thresholds.f1s):
        assert np.isnan(best(values(at), at)[0]).all()


def test_influences_are_the_derivatives_of_the_metrics_by_a_pairs_weight() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random(60) < 0.4).astype(np.float64)
    similarity = np.round(rng.normal(size=60) + gold, 1)  # with ties
    by = by_falling(similarity, gold)
    at = above(by)
    checks = [
        (
            thresholds.average_precision_influence(by),
            lambda w: average_precision_score(gold, similarity, sample_weight=w),
        )
    ]
    for values, influence, metric in (
        (thresholds.accuracies, thresholds.accuracy_influence, accuracy_score),
        (thresholds.f1s, thresholds.f1_influence, f1_score),
    ):
        place = int(best(values(at), at)[1][0])
        said = similarity > thresholds.threshold(by, place)
        checks.append(
            (
                influence(by, place),
                lambda w, metric=metric, said=said: metric(gold, said, sample_weight=w),
            )
        )
    for influence, weighted in checks:
        step = 1e-5
        moved = [weighted(np.ones(60) + step * row) for row in np.eye(60)]
        derivative = (np.array(moved) - weighted(np.ones(60))) / step * 60
        np.testing.assert_allclose(influence, derivative, atol=1e-3)
        assert abs(influence.mean()) < 1e-12
