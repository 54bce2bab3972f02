"""h(n) against mpmath, quadrature and its asymptote; the table and the published dimensions."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import iv

from evaluators.dimension.theory import (
    CONSTANT,
    LIMIT,
    PHI,
    asymptotic_h,
    entropy,
    h,
    published_dimension,
    smallest_dimension,
    table,
    tilted,
)
from evaluators.errors import ScoreError

GRID = (2, 3, 4, 5, 7, 8, 16, 31, 32, 64, 96, 128, 256, 512, 1024, 4096, 8192, 16384)


@pytest.mark.parametrize("n", GRID)
def test_bessel_functions_of_mpmath(n: int) -> None:
    with mpmath.workdps(50):
        nu = mpmath.mpf(n) / 2 - 1
        below, above = mpmath.besseli(nu, n), mpmath.besseli(nu + 1, n)
        log_mean = mpmath.loggamma(nu + 1) + nu * mpmath.log(mpmath.mpf(2) / n) + mpmath.log(below)
        expected = log_mean - n * above / below
        assert abs(h(n) - expected) < 1e-9
        assert tilted(n).mean_cosine == pytest.approx(float(above / below), rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 10, 50, 100])
def test_the_textbook_form_with_scipy_where_it_does_not_underflow(n: int) -> None:
    mean = math.gamma(n / 2) * (2 / n) ** (n / 2 - 1) * iv(n / 2 - 1, n)
    assert math.exp(tilted(n).log_mean) == pytest.approx(mean, rel=1e-10)


def tilted_by_quadrature(n: int) -> tuple[float, float]:
    """Return ln E[exp(n cos)] and the mean cosine by integrating over the angle.

    The density of the angle t between random directions of R^n is proportional to sin^{n-2} t.
    The integrand exp(λ cos t) sin^{n-2} t has one peak, where λ sin² t = (n - 2) cos t, and is
    nothing 12 widths away from it: Gauss and Legendre's rule there, relative to the peak.
    """
    weighted, cosine = integral(n, float(n))
    plain, _ = integral(n, 0.0)
    return weighted - plain, cosine


def h_by_quadrature(n: int) -> float:
    log_mean, cosine = tilted_by_quadrature(n)
    return log_mean - n * cosine


def integral(n: int, strength: float) -> tuple[float, float]:
    """Return ln ∫ exp(λ cos t) sin^{n-2} t dt over [0, π], and the mean of cos t under it."""
    half = (n - 2) / 2
    # λ c² + (n-2) c - λ = 0, in the form that neither cancels nor divides by λ = 0.
    peak_cosine = strength / (half + math.hypot(half, strength)) if n > 2 or strength else 0.0
    peak = math.acos(min(1.0, peak_cosine))
    curvature = strength * peak_cosine
    if n > 2:
        curvature += (n - 2) / math.sin(peak) ** 2
    reach = 12.0 / math.sqrt(curvature) if curvature else math.pi
    low, high = max(0.0, peak - reach), min(math.pi, peak + reach)
    nodes, weights = np.polynomial.legendre.leggauss(256)
    t = low + (high - low) * (nodes + 1) / 2
    logs = strength * np.cos(t) + (n - 2) * np.log(np.sin(t))
    top = float(logs.max())
    mass = np.exp(logs - top) * weights
    total = float(mass.sum())
    return top + math.log(total * (high - low) / 2), float(mass @ np.cos(t)) / total


@pytest.mark.parametrize("n", GRID)
def test_quadrature_agrees(n: int) -> None:
    assert abs(h(n) - h_by_quadrature(n)) < 1e-8  # 1e-5 is asked for
    assert tilted_by_quadrature(n)[1] == pytest.approx(tilted(n).mean_cosine, abs=1e-11)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5000))
def test_quadrature_agrees_anywhere(n: int) -> None:
    assert abs(h(n) - h_by_quadrature(n)) < 1e-8


def test_three_dimensions_by_hand() -> None:
    # cos is uniform on [-1, 1]: E[e^{3c}] = sinh(3)/3, E_w[c] = coth(3) - 1/3.
    assert tilted(3).log_mean == pytest.approx(math.log(math.sinh(3) / 3), abs=1e-14)
    assert tilted(3).mean_cosine == pytest.approx(1 / math.tanh(3) - 1 / 3, abs=1e-14)


def test_coefficient_table() -> None:
    rows = table((32, 64, 96, 128, 256, 512, 1024, 16384))
    assert [round(row.coefficient, 3) for row in rows] == [
        8.232, 8.272, 8.286, 8.292, 8.302, 8.307, 8.310, 8.312,
    ]  # fmt: skip
    assert [round(row.per_dimension, 5) for row in rows] == [
        -0.24296, -0.24177, -0.24138, -0.24119, -0.24090, -0.24075, -0.24068, -0.24061,
    ]  # fmt: skip
    assert [row.h for row in rows] == [h(row.n) for row in rows]


def test_limits() -> None:
    assert round(LIMIT, 4) == 8.3123
    assert round(CONSTANT, 4) == -0.0739
    assert tilted(16384).mean_cosine == pytest.approx(1 / PHI, abs=1e-4)


def test_what_the_asymptote_leaves_out_falls_like_one_over_n() -> None:
    rest = [n * (h(n) - asymptotic_h(n)) for n in (64, 256, 1024, 4096)]
    assert rest == pytest.approx([rest[-1]] * 4, rel=0.02)
    assert abs(rest[-1]) < 1


def test_a_million_dimensions() -> None:
    assert h(1_000_000) == pytest.approx(asymptotic_h(1_000_000), abs=1e-6)


def test_h_falls_and_its_coefficient_rises_below_the_limit() -> None:
    """What the bisection rests on."""
    values = np.array([h(n) for n in range(2, 1200)])
    assert (np.diff(values) < 0).all()
    coefficients = -2 * np.arange(2, 1200) / values
    assert (np.diff(coefficients) > 0).all()
    assert coefficients[-1] < LIMIT


@pytest.mark.parametrize(
    ("items", "n"),
    [(100, 38), (512, 52), (1e3, 58), (2048, 64), (1e4, 77), (1e5, 96), (1e6, 115), (5e6, 128),
     (1e8, 153)],
)  # fmt: skip
def test_smallest_dimension(items: float, n: int) -> None:
    assert smallest_dimension(items) == n
    assert abs(published_dimension(items) - n) <= 1


@settings(max_examples=40, deadline=None)
@given(st.floats(2, 1e12))
def test_smallest_dimension_is_the_first_with_negative_entropy(items: float) -> None:
    n = smallest_dimension(items)
    assert entropy(items, n) < 0
    assert n == 2 or entropy(items, n - 1) >= 0


def test_two_things_and_more_things_than_can_be_counted() -> None:
    assert smallest_dimension(2) == 6
    assert smallest_dimension(np.int64(100)) == 38
    # 2 ln N - (n/2) ln φ + CONSTANT = 0
    crossing = LIMIT * math.log(1.7e308) + 2 * CONSTANT / math.log(PHI)
    assert smallest_dimension(1.7e308) == math.ceil(crossing)


@pytest.mark.parametrize("items", [1, 0, -3, 1.999, float("nan"), float("inf"), "100", None])
def test_fewer_than_two_things(items: object) -> None:
    for function in (smallest_dimension, published_dimension):
        with pytest.raises(ScoreError, match="N must be"):
            function(items)  # type: ignore[arg-type]
    with pytest.raises(ScoreError, match="N must be"):
        entropy(items, 10)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [1, 0, -2, 2.5, float("nan"), True, None, 1_000_001])
def test_dimensions_that_cannot_be(n: object) -> None:
    for function in (h, tilted):
        with pytest.raises(ScoreError, match="n must be"):
            function(n)  # type: ignore[operator]
