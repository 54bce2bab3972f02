from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluators.errors import ScoreError
from evaluators.sts.spearman import GoldRanks, midranks, pearson, spearman, spearman_or_nan

coarse = st.integers(-3, 3).map(float)
fine = st.floats(-1e6, 1e6, allow_nan=False, width=32)


@given(st.data(), st.integers(2, 60), st.integers(1, 5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_equal_to_scipy_with_and_without_ties(
    data: st.DataObject, n: int, rows: int, ties: bool
) -> None:
    elements = coarse if ties else fine
    scores = data.draw(arrays(np.float64, (rows, n), elements=elements))
    gold = data.draw(arrays(np.float64, n, elements=coarse))
    if gold.min() == gold.max():
        gold[0] += 1
    for row, value in zip(scores, spearman_or_nan(scores, GoldRanks(gold)), strict=True):
        if row.min() == row.max():
            assert np.isnan(value)
        else:
            assert value == pytest.approx(scipy.stats.spearmanr(row, gold).statistic, abs=1e-12)
    np.testing.assert_array_equal(midranks(scores), scipy.stats.rankdata(scores, axis=1))


@pytest.mark.parametrize("levels", [None, 5, 40])
def test_equal_to_scipy_on_ten_thousand_pairs(levels: int | None) -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 26, size=10_000) / 5
    scores = gold * rng.uniform(0, 1, size=(6, 1)) + rng.normal(size=(6, 10_000))
    if levels:
        scores = np.round(scores * levels) / levels
    expected = [scipy.stats.spearmanr(row, gold).statistic for row in scores]
    np.testing.assert_allclose(spearman(scores, gold), expected, rtol=0, atol=1e-12)
    expected = [scipy.stats.pearsonr(row, gold).statistic for row in scores]
    np.testing.assert_allclose(pearson(scores, gold), expected, rtol=0, atol=1e-12)


def test_one_row_gives_one_number() -> None:
    assert spearman(np.array([1.0, 2, 3]), np.array([1.0, 2, 3])) == 1
    assert pearson(np.array([3.0, 2, 1]), np.array([1.0, 2, 3])) == pytest.approx(-1)


@pytest.mark.parametrize("metric", [spearman, pearson])
@pytest.mark.parametrize(
    ("scores", "gold"),
    [
        ([1.0, 1, 1], [1.0, 2, 3]),
        ([0.1, 0.1, 0.1], [1.0, 2, 3]),  # a mean of 0.1s is not 0.1
        ([1.0, 2, 3], [0.7, 0.7, 0.7]),
        ([1.0, np.nan, 3], [1.0, 2, 3]),
        ([1.0, np.inf, 3], [1.0, 2, 3]),
        ([1.0, 2, 3], [1.0, 2, np.nan]),
        ([1.0, 2, 3], [1.0, 2, -np.inf]),
    ],
)
def test_undefined_correlations_are_errors_and_never_zero(
    metric: object, scores: list[float], gold: list[float]
) -> None:
    with pytest.raises(ScoreError):
        metric(np.array(scores), np.array(gold))  # type: ignore[operator]
    with pytest.raises(ScoreError):
        metric(np.array([[1.0, 3, 2], scores]), np.array(gold))  # type: ignore[operator]


def test_scores_that_do_not_fit_the_gold_are_refused() -> None:
    with pytest.raises(ScoreError, match="3 gold values, got 4"):
        spearman(np.arange(4.0), np.arange(3.0))
