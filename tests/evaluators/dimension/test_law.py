"""Fits against scipy and by hand, coverage of the slope, what few points may not claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evaluators.dimension.law import fit_law, points_of
from evaluators.dimension.law_comparison import compare_laws
from evaluators.dimension.threshold import Threshold
from evaluators.errors import ScoreError

ITEMS = np.array([100, 300, 1000, 3000, 10000, 100000])


def test_the_log_law_is_scipys_regression() -> None:
    y = np.array([12.0, 17, 33, 41, 50, 70])
    expected = stats.linregress(np.log(ITEMS), y)
    found = fit_law("log", ITEMS, y)
    assert found.a is not None
    assert found.a.estimate == pytest.approx(expected.intercept)
    assert found.b.estimate == pytest.approx(expected.slope)
    half = stats.t.ppf(0.975, 4) * expected.stderr
    assert found.b.high - found.b.estimate == pytest.approx(half)
    assert found.a.high - found.a.estimate == pytest.approx(
        stats.t.ppf(0.975, 4) * expected.intercept_stderr
    )
    assert found.r_squared == pytest.approx(expected.rvalue**2)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_power_law_is_scipys_curve_fit(weighted: bool) -> None:
    y = np.array([12.0, 17, 33, 41, 50, 140])
    errors = np.array([1.0, 2, 3, 2, 1, 4])
    expected, covariance = optimize.curve_fit(
        lambda n, a, b: a * n**b, ITEMS, y, p0=(2, 0.3), sigma=errors if weighted else None
    )
    found = fit_law("power", ITEMS, y, errors if weighted else None)
    assert found.a is not None
    assert (found.a.estimate, found.b.estimate) == pytest.approx(tuple(expected), rel=1e-5)
    half = stats.t.ppf(0.975, 4) * np.sqrt(np.diag(covariance))
    assert found.a.high - found.a.estimate == pytest.approx(half[0], rel=1e-3)
    assert found.b.high - found.b.estimate == pytest.approx(half[1], rel=1e-3)


def test_a_proportional_law_by_hand() -> None:
    found = fit_law("proportional", [math.e, math.e**2, math.e**3], [8.0, 16, 24])
    assert found.a is None
    assert found.b[:4] == pytest.approx((8, 8, 8, 3))
    assert found.r_squared == pytest.approx(1)
    assert found.band(math.e**4).estimate == pytest.approx(32)


@settings(max_examples=40, deadline=None)
@given(st.floats(-20, 60), st.floats(-3, 30), st.floats(0.01, 1.2), st.floats(0.5, 5))
def test_exact_points_give_their_law_back(a: float, b: float, c: float, factor: float) -> None:
    y = a + b * np.log(ITEMS)
    if (y > 0.5).all():
        found = fit_law("log", ITEMS, y)
        assert found.a is not None
        assert (found.a.estimate, found.b.estimate) == pytest.approx((a, b), abs=1e-8)
    found = fit_law("power", ITEMS, factor * ITEMS**c)
    assert found.a is not None
    assert (found.a.estimate, found.b.estimate) == pytest.approx((factor, c), rel=1e-5)


def test_three_points_have_one_degree_of_freedom() -> None:
    y = [20.0, 40, 50]
    found = fit_law("log", [100, 1000, 10000], y)
    expected = stats.linregress(np.log([100, 1000, 10000]), y)
    assert found.b.high - found.b.estimate == pytest.approx(12.7062 * expected.stderr, rel=1e-4)
    assert found.b.low < 0 < found.b.high


def test_standard_errors_below_the_scatter_do_not_narrow_the_interval() -> None:
    y = np.array([12.0, 30, 25, 41, 38, 70])
    scatter = fit_law("log", ITEMS, y).b
    tiny = fit_law("log", ITEMS, y, np.full(6, 1e-3)).b
    assert tiny.high - tiny.low == pytest.approx(scatter.high - scatter.low)
    wide = fit_law("log", ITEMS, y, np.full(6, 100.0)).b
    z = np.log(ITEMS) - np.log(ITEMS).mean()
    assert wide.high - wide.estimate == pytest.approx(1.959964 * 100 / math.sqrt(z @ z), rel=1e-5)


@pytest.mark.parametrize(("known", "m"), [(False, 3), (False, 6), (True, 3), (True, 6)])
def test_coverage_of_the_slope(known: bool, m: int) -> None:
    rng = np.random.default_rng(11)
    items, errors = ITEMS[:m], np.linspace(1, 3, m) if known else np.full(m, 2.0)
    covered, repeats = 0, 600
    for _ in range(repeats):
        y = 5 + 8 * np.log(items) + errors * rng.normal(size=m)
        b = fit_law("log", items, y, errors if known else None).b
        covered += b.low <= 8 <= b.high
    assert covered / repeats >= 0.935


@pytest.mark.parametrize("form", ["log", "power", "proportional"])
def test_the_band_is_narrowest_inside_and_covers(form: str) -> None:
    rng = np.random.default_rng(12)
    truth = {
        "log": 5 + 8 * np.log(ITEMS),
        "proportional": 8 * np.log(ITEMS),
        "power": 4 * ITEMS**0.3,
    }[form]
    at = {"log": 5 + 8 * np.log(2000), "proportional": 8 * np.log(2000), "power": 4 * 2000**0.3}
    covered = 0
    for _ in range(400):
        found = fit_law(form, ITEMS, truth + rng.normal(size=6))  # type: ignore[arg-type]
        band = found.band(2000)
        covered += band.low <= at[form] <= band.high
    assert covered / 400 >= 0.93
    inside, outside = found.band(2000), found.band(1e9)
    assert outside.high - outside.low > inside.high - inside.low


def test_many_sharp_points_decide_either_way() -> None:
    rng = np.random.default_rng(5)
    items = np.geomspace(100, 1e6, 9)
    logarithm = compare_laws(items, 8.3 * np.log(items) + rng.normal(size=9) / 2, rng=rng)
    assert (logarithm.verdict, logarithm.delta_aic > 10) == ("log", True)
    assert "the power law is excluded" in logarithm.sentence
    power = compare_laws(items, 6 * items**0.3 + rng.normal(size=9) / 2, rng=rng)
    assert (power.verdict, power.delta_aic < -10) == ("power", True)
    assert "the logarithm is excluded" in power.sentence


def test_three_points_of_a_grid_exclude_nothing() -> None:
    """N = 100, 300, 1000 with n95 = 24, 48, 64 on a coarse grid: the case of E2's first run."""
    rng = np.random.default_rng(6)
    found = compare_laws([100, 300, 1000], [24, 48, 64], rng=rng)
    assert found.verdict == "undecided"
    assert "cannot be excluded" in found.sentence
    assert found.aicc["log"] is None
    assert found.evidence_ratio == pytest.approx(math.exp(found.delta_aic / 2))


def test_aic_by_hand() -> None:
    y = np.array([12.0, 17, 33, 41, 50, 70])
    rng = np.random.default_rng(7)
    found = compare_laws(ITEMS, y, rng=rng)
    for law in (found.log, found.power, found.proportional):
        k = 1 if law.form == "proportional" else 2
        rss = float(np.sum((y - [law.band(n).estimate for n in ITEMS]) ** 2))
        assert found.aic[law.form] == pytest.approx(6 * math.log(rss / 6) + 2 * (k + 1))
        expected = found.aic[law.form] + 2 * (k + 1) * (k + 2) / (6 - k - 2)
        assert found.aicc[law.form] == pytest.approx(expected)
    errors = np.full(6, 5.0)
    weighted = compare_laws(ITEMS, y, errors, rng=rng)
    assert weighted.aic["log"] == pytest.approx(weighted.log.chi_squared + 4)
    small = compare_laws(ITEMS, y, errors / 1000, rng=rng)
    assert abs(small.delta_aic) < 100  # quasi-AIC: millions without


@pytest.mark.parametrize("truth", ["log", "power"])
@pytest.mark.parametrize("known", [False, True])
def test_the_true_law_is_rarely_excluded(truth: str, known: bool) -> None:
    rng = np.random.default_rng(8)
    curve = 8 * np.log(ITEMS) if truth == "log" else 6 * ITEMS**0.25
    errors = np.full(6, 3.0)
    wrong = 0
    for _ in range(200):
        y = curve + errors * rng.normal(size=6)
        found = compare_laws(ITEMS, y, errors if known else None, rng=rng, resamples=99)
        wrong += (found.p_log if truth == "log" else found.p_power) < 0.05
    assert wrong / 200 <= 0.085  # 5%, plus 2.3 standard errors of the simulation


def test_points_without_scatter_do_not_divide_by_zero() -> None:
    rng = np.random.default_rng(9)
    found = compare_laws(ITEMS, 8 * np.log(ITEMS), rng=rng)
    assert found.verdict == "log"
    assert math.isfinite(found.delta_aic)
    assert math.isfinite(found.evidence_ratio)
    flat = compare_laws(ITEMS, np.full(6, 7.0), rng=rng)  # both laws hold it exactly
    assert flat.log.r_squared is None
    assert flat.verdict == "undecided"


def test_thresholds_become_points_and_censored_ones_are_named() -> None:
    found = points_of(
        [100, 1000, 10000],
        [
            Threshold(10, 8, 12, None, 0.95),
            Threshold(20, 16, 24, None, 0.95),
            Threshold(None, 32, None, "not reached up to n = 32", 0.95),
        ],
    )
    assert found.items == (100, 1000)
    assert found.dimensions == (10, 20)
    assert found.standard_errors == pytest.approx((2 / 1.959964, 4 / 1.959964))
    assert found.left_out == ((10000, "not reached up to n = 32"),)
    assert points_of([100], [Threshold(10)]).standard_errors is None
    assert points_of([100], [Threshold(10, 10, 10, None, 0.95)]).standard_errors is None


@pytest.mark.parametrize(
    ("items", "dimensions", "errors", "word"),
    [
        ([100, 1000], [1, 2], None, "three points"),
        ([], [], None, "three points"),
        ([100, 100, 100], [1, 2, 3], None, "two different"),
        ([1, 10, 100], [1, 2, 3], None, "N must be at least 2, got 1"),
        ([10, 100, 1000], [0, 2, 3], None, "above 0"),
        ([10, 100, 1000], [1, 2, float("nan")], None, "NaN"),
        ([10, 100, float("inf")], [1, 2, 3], None, "NaN or infinity"),
        ([10, 100, 1000], [1, 2], None, "shape"),
        ([10, 100, 1000], [1, 2, 3], [1, 0, 1], "standard error"),
    ],
)
def test_bad_input_is_named(
    items: list[float], dimensions: list[float], errors: list[float] | None, word: str
) -> None:
    with pytest.raises(ScoreError, match=word):
        fit_law("log", items, dimensions, errors)


def test_two_different_n_cannot_tell_two_laws_apart() -> None:
    with pytest.raises(ScoreError, match="three different N"):
        compare_laws([10, 100, 100], [1, 2, 3], rng=np.random.default_rng(0))
