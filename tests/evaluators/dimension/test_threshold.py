"""Where a curve reaches a level: hand cases, coverage by simulation, what is censored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluators.dimension.threshold import (
    threshold,
    threshold_of_curve,
    threshold_of_replicates,
)
from evaluators.errors import ScoreError


def test_straight_lines_between_the_points() -> None:
    assert threshold_of_curve([10, 20, 40], [0.0, 0.4, 0.8], 0.6).n == pytest.approx(30)


def test_a_target_met_exactly_is_met_at_the_first_such_point() -> None:
    assert threshold_of_curve([1, 2, 3, 4], [0.0, 0.5, 0.5, 1.0], 0.5).n == 2


def test_a_dip_is_pooled_and_no_lucky_point_decides() -> None:
    # 0.6 then 0.2 pool to 0.4; without pooling the level 0.5 would be reached before n = 2.
    assert threshold_of_curve([1, 2, 3, 4], [0.1, 0.6, 0.2, 0.7], 0.5).n == pytest.approx(3 + 1 / 3)


def test_never_reached_is_none_with_its_reason_and_a_bound_from_below() -> None:
    found = threshold([8, 16, 32], [10, 200, 450], 1000, 0.5)
    assert found.n is None
    assert found.censored is not None
    assert "not reached up to n = 32" in found.censored
    assert (found.ci_low, found.ci_high) == (32, None)  # the upper limit of 0.45 is below 0.5
    near = threshold([8, 16, 32], [10, 200, 490], 1000, 0.5)
    assert near.n is None
    assert near.ci_low is not None
    assert 16 < near.ci_low < 32


def test_reached_at_the_first_point_is_no_threshold_but_a_bound() -> None:
    found = threshold([8, 16, 32], [600, 800, 900], 1000, 0.5)
    assert found.n is None
    assert found.censored is not None
    assert "already at the smallest n, 8" in found.censored
    assert (found.ci_low, found.ci_high) == (None, 8)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=12),
    st.floats(0.05, 0.95),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_the_interval_holds_the_estimate_and_widens_with_confidence(
    hits: list[int], level: float, confidence: float
) -> None:
    ns = np.arange(1, len(hits) + 1) * 3
    found = threshold(ns, hits, 40, level, confidence)
    wider = threshold(ns, hits, 40, level, 0.999)
    if found.n is not None:
        assert found.ci_low is None or found.ci_low <= found.n + 1e-9
        assert found.ci_high is None or found.ci_high >= found.n - 1e-9
    if wider.ci_low is not None and found.ci_low is not None:
        assert wider.ci_low <= found.ci_low + 1e-9
    if wider.ci_high is not None:
        assert found.ci_high is not None
        assert wider.ci_high >= found.ci_high - 1e-9


@pytest.mark.parametrize("shared", [False, True])
def test_coverage_of_the_binomial_interval(shared: bool) -> None:
    """Also where one set of queries runs through all n, as nested projections make it."""
    rng = np.random.default_rng(3)
    ns = np.arange(4, 60, 2)
    true = stats.norm.cdf((ns - 30.0) / 8)
    level, exact = 0.75, 30 + 8 * stats.norm.ppf(0.75)
    covered, repeats, trials = 0, 400, 200
    for _ in range(repeats):
        if shared:
            hits = (rng.random(trials)[:, None] < true).sum(axis=0)
        else:
            hits = rng.binomial(trials, true)
        found = threshold(ns, hits, trials, level, 0.95)
        assert found.ci_low is not None
        assert found.ci_high is not None
        covered += found.ci_low <= exact <= found.ci_high
    assert covered / repeats >= 0.935  # 95% or more, less 1.4 standard errors of the simulation
    assert found.ci_high - found.ci_low < 12


def test_coverage_over_replicates_whose_trials_depend_on_one_another() -> None:
    rng = np.random.default_rng(4)
    ns = np.arange(4, 60, 2)
    covered, repeats = 0, 400
    for _ in range(repeats):
        centre = 30 + 2 * rng.normal(size=5)  # each replicate has items of its own
        curves = rng.binomial(300, stats.norm.cdf((ns - centre[:, None]) / 8)) / 300
        found = threshold_of_replicates(ns, curves, 0.5)
        assert found.ci_low is not None
        assert found.ci_high is not None
        covered += found.ci_low <= 30 <= found.ci_high
    assert covered / repeats >= 0.935


def test_one_replicate_has_no_interval() -> None:
    found = threshold_of_replicates([1, 2], [[0.0, 1.0]], 0.5)
    assert (found.n, found.ci_low, found.ci_high, found.confidence) == (1.5, None, None, None)


def test_one_point() -> None:
    assert threshold_of_curve([7], [0.5], 0.5).n == 7
    assert threshold_of_curve([7], [0.4], 0.5).n is None


@pytest.mark.parametrize(
    ("ns", "hits", "trials", "level"),
    [
        ([], [], 10, 0.5),
        ([1, 1], [1, 2], 10, 0.5),
        ([2, 1], [1, 2], 10, 0.5),
        ([1, 2], [1, 11], 10, 0.5),
        ([1, 2], [-1, 2], 10, 0.5),
        ([1, 2], [0, 0], 0, 0.5),
        ([1, 2], [0.5, 1], 10, 0.5),
        ([1, 2], [1, float("nan")], 10, 0.5),
        ([1, 2], [1], 10, 0.5),
        ([1, 2], [1, 2], 10, 1.0),
        ([1, 2], [1, 2], 10, float("nan")),
        ([1, 2], [1, 2], [10, 10, 10], 0.5),
        ([1, 2], [1, 2], float("nan"), 0.5),
    ],
)
def test_bad_input_is_named(ns: list[int], hits: list[float], trials: float, level: float) -> None:
    with pytest.raises(ScoreError):
        threshold(ns, hits, trials, level)


@pytest.mark.parametrize("target", [float("nan"), float("inf")])
def test_a_target_that_is_no_number(target: float) -> None:
    with pytest.raises(ScoreError, match="target"):
        threshold_of_curve([1, 2], [0, 1], target)


def test_curves_of_the_wrong_shape() -> None:
    with pytest.raises(ScoreError, match="shape"):
        threshold_of_replicates([1, 2], [[0, 1, 2]], 0.5)
    with pytest.raises(ScoreError, match="confidence"):
        threshold_of_replicates([1, 2], [[0, 1]], 0.5, confidence=1.0)
