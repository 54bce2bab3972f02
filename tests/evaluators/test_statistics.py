"""Intervals, resamples and paired comparisons, beside scipy, by hand and by simulation."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from evaluators import statistics
from evaluators.statistics import (
    TAILS,
    Interval,
    binomial_limits,
    mcnemar,
    mean_interval,
    mean_limits,
    normal_quantile,
    paired_values,
    percentiles,
    resample_counts,
    student_t_quantile,
    tails,
)


def test_a_mean_of_three_by_hand() -> None:
    found = mean_interval([1.0, 2.0, 3.0])
    assert (found.estimate, found.n) == (2.0, 3)
    assert found.error == pytest.approx(4.302653 * 1 / 3**0.5)
    assert found.ends == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))


def test_a_single_value_has_no_interval() -> None:
    found = mean_interval([5.0])
    assert found == Interval(5.0, None, None, 1)
    assert found.error is None
    with pytest.raises(ValueError, match="at least two values, got 1"):
        _ = found.ends
    with pytest.raises(ValueError, match="at least one value, got none"):
        mean_interval([])


def test_the_order_of_the_values_does_not_change_a_bit() -> None:
    values = np.random.default_rng(0).lognormal(0, 5, 50).tolist()
    assert mean_interval(values) == mean_interval(values[::-1])


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_a_mean_interval_is_scipys(confidence: float) -> None:
    values = np.random.default_rng(1).normal(size=9)
    expected = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    found = mean_interval(values.tolist(), confidence=confidence)
    assert found.ends == pytest.approx((expected.low, expected.high))


def test_limits_of_a_mean_row_are_those_of_its_columns() -> None:
    rows = np.random.default_rng(2).normal(size=(6, 4))
    low, high = mean_limits(rows, 0.9)
    each = [mean_interval(column.tolist(), confidence=0.9) for column in rows.T]
    assert low == pytest.approx([one.ends[0] for one in each])
    assert high == pytest.approx([one.ends[1] for one in each])


def test_quantiles_are_scipys() -> None:
    for freedom in (1, 2, 3.7, 30, 1e6):
        assert student_t_quantile(freedom, 0.9) == stats.t.ppf(0.95, freedom)
    assert normal_quantile() == pytest.approx(stats.norm.ppf(0.975), rel=1e-15)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(1.2, None, None, 1), "+1.20"),
        (Interval.around(1.2, 0.3, 7), "+1.20 ± 0.30"),
        (Interval(-1.0, -1.5, 2.0, 7), "-1.00 (-1.50 to +2.00)"),
    ],
)
def test_an_interval_in_words(interval: Interval, text: str) -> None:
    assert str(interval) == text


def test_limits_of_a_success_rate_are_scipys() -> None:
    hits, trials = np.array([0.0, 3, 10]), np.array([10.0, 10, 10])
    low, high = binomial_limits(hits, trials, 0.9)
    for i, k in enumerate([0, 3, 10]):
        expected = stats.binomtest(k, 10).proportion_ci(0.9, "exact")
        assert (low[i], high[i]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_values_are_paired_by_the_seeds_that_all_sides_share() -> None:
    found = paired_values({3: 1.0, 1: 2.0, 2: 3.0}, {2: 4.0, 3: 5.0, 4: 6.0})
    assert list(found.items()) == [(2, (3.0, 4.0)), (3, (1.0, 5.0))]


def test_mcnemar_is_the_exact_binomial_test() -> None:
    rng = np.random.default_rng(1)
    arm, base = rng.random(200) < 0.7, rng.random(200) < 0.4
    found = mcnemar(arm, base)
    only_arm, only_base = int((arm & ~base).sum()), int((base & ~arm).sum())
    assert (found.gained, found.lost) == (only_arm, only_base)
    assert found.p_value == pytest.approx(stats.binomtest(only_arm, only_arm + only_base).pvalue)
    assert mcnemar(arm, arm) == (0, 0, 1.0)


def test_mcnemar_by_context_flips_the_signs_of_contexts() -> None:
    draw = np.random.default_rng(3)
    arm, base = draw.random(40) < 0.7, draw.random(40) < 0.5
    each = mcnemar(arm, base, tuple(range(40)))
    assert each == pytest.approx(mcnemar(arm, base), rel=1e-12)
    clusters = draw.integers(0, 12, 40)
    net = [int(arm[clusters == c].sum()) - int(base[clusters == c].sum()) for c in range(12)]
    signs = itertools.product((-1, 1), repeat=12)
    sums = np.abs([np.dot(sign, net) for sign in signs])
    found = mcnemar(arm, base, clusters.tolist())
    assert found.p_value == pytest.approx((sums >= abs(sum(net))).mean(), rel=1e-12)
    assert found[:2] == each[:2]


def test_counts_are_resamples_with_replacement() -> None:
    counts = resample_counts(np.random.default_rng(0), 50, 4000, np.uint16)
    assert counts.dtype == np.uint16
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(50), abs=0.08)
    assert counts.var() == pytest.approx(1 - 1 / 50, abs=0.02)


def test_a_plain_loop_over_drawn_positions_sees_the_same_resamples() -> None:
    counts = resample_counts(np.random.default_rng(3), 7, 40, np.int64)
    for row, places in zip(counts, np.random.default_rng(3).integers(0, 7, (40, 7)), strict=True):
        assert row.tolist() == [int((places == unit).sum()) for unit in range(7)]


def test_blocks_and_calls_continue_one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = resample_counts(np.random.default_rng(5), 9, 30, np.float64)
    monkeypatch.setattr(statistics, "_CELLS", 9 * 4)
    assert (resample_counts(np.random.default_rng(5), 9, 30, np.float64) == whole).all()
    rng = np.random.default_rng(5)
    parts = [resample_counts(rng, 9, size, np.float64) for size in (11, 19)]
    assert (np.concatenate(parts) == whole).all()


def test_nothing_to_draw_from_is_said() -> None:
    with pytest.raises(ValueError, match="at least one unit, got 0"):
        resample_counts(np.random.default_rng(0), 0, 10, np.int64)


def test_percentiles_of_a_bootstrap() -> None:
    assert percentiles(np.arange(41.0)) == pytest.approx((1.0, 39.0))
    assert percentiles([1, 2, 3, 4], (0.3, 0.6), occurring=True) == (2.0, 3.0)
    assert percentiles([1, 2, 3, 4], (0.25, 0.5)) == pytest.approx((1.75, 2.5))
    assert tails(0.95) == pytest.approx(TAILS, abs=1e-16)


def test_importing_it_or_the_rankings_pulls_in_neither_scipy_nor_torch() -> None:
    code = (
        "import sys, evaluators.statistics, evaluators.averaging, evaluators.averaging.stability\n"
        "print(sorted({'scipy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
