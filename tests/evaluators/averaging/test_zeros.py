"""Zeros of sums of exponentials, against sums whose zeros are known exactly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import power_means
from evaluators.averaging.exponential import collect, find_zeros


def zeros(rates, weights):
    sums = collect(np.array([rates], dtype=float), np.array([weights], dtype=float))
    found = find_zeros(sums)
    crossed = found.crossed[0][~np.isnan(found.crossed[0])]
    touched = found.touched[0][~np.isnan(found.touched[0])]
    assert len(crossed) <= sums.most[0] <= max(sums.changes[0] - sums.balanced[0], 0)
    return crossed, touched


def of_means(a, b):
    weights = np.r_[np.full(len(a), 1 / len(a)), np.full(len(b), -1 / len(b))]
    return zeros(np.log(np.r_[a, b]), weights)


# Prouhet-Tarry-Escott: two lists of integers with equal sums of the 1st, 2nd … kth powers.
PTE = [
    ([1, 5, 6], [2, 3, 7], [1, 2]),
    ([1, 5, 8, 12], [2, 3, 10, 11], [1, 2, 3]),
    ([1, 5, 9, 17, 18], [2, 3, 11, 15, 19], [1, 2, 3, 4]),
    ([1, 6, 7, 17, 18, 23], [2, 3, 11, 13, 21, 22], [1, 2, 3, 4, 5]),
    ([1, 19, 20, 51, 57, 80, 82], [2, 12, 31, 40, 69, 71, 85], [1, 2, 3, 4, 5, 6]),
]


@pytest.mark.parametrize(("a", "b", "exponents"), PTE)
def test_equal_sums_of_powers_are_found_exactly_and_no_more(a, b, exponents):
    for k in exponents:
        assert sum(x**k for x in a) == sum(x**k for x in b)
    crossed, touched = of_means(a, b)
    assert crossed.tolist() == exponents
    assert not len(touched)
    # x -> 1/x turns p into -p, and a unit changes nothing
    crossed, _ = of_means(100 / np.array(a), 100 / np.array(b))
    assert crossed == pytest.approx(sorted(-p for p in exponents), rel=1e-9)


@given(
    st.lists(st.integers(1, 40).filter(lambda x: x != 10), min_size=1, max_size=6, unique=True),
    st.floats(0.02, 2),
    st.sampled_from([-1.0, 1.0]),
)
@settings(max_examples=60)
def test_zeros_of_polynomials_in_exp_p(roots, rate, sign):
    """exp(rate·p) = x turns a polynomial with positive roots (none of them 1) into such a sum."""
    coefficients = sign * np.polynomial.polynomial.polyfromroots([r / 10 for r in roots])
    crossed, touched = zeros(rate * np.arange(len(coefficients)), coefficients)
    expected = np.sort(np.log(np.array(roots) / 10) / rate)
    assert len(touched) == 0
    assert crossed == pytest.approx(expected, abs=1e-5 / rate)


def test_a_double_zero_touches_and_a_triple_zero_crosses():
    crossed, touched = zeros([0, 1, 2], [4, -4, 1])  # (exp(p) - 2)^2
    assert not len(crossed)
    assert touched == pytest.approx([math.log(2)], abs=1e-7)
    crossed, touched = zeros([0, 1, 2, 3], [-8, 12, -6, 1])  # (exp(p) - 2)^3
    assert crossed == pytest.approx([math.log(2)], abs=1e-4)
    assert not len(touched)


def test_two_zeros_closer_than_any_grid_are_told_apart():
    a, b = 2.0, 2.0 + 1e-5
    crossed, touched = zeros([0, 1, 2], [a * b, -(a + b), 1])
    assert crossed == pytest.approx([math.log(a), math.log(b)], abs=1e-9)
    assert not len(touched)


def test_a_zero_a_million_away_is_found():
    crossed, _ = of_means([1.0, 1.0, 2.0 + 2e-6], [1.0, 2.0, 2.0])
    # for huge p: 2·2^p = (2 + 2e-6)^p, p = ln 2 / ln(1 + 1e-6)
    assert crossed == pytest.approx([math.log(2) / math.log1p(1e-6)], rel=1e-6)


def test_geometric_means_that_are_equal_cross_or_touch_at_zero():
    crossed, _ = of_means([1, 4], [2, 2])
    assert crossed.tolist() == [0]
    crossed, _ = of_means([1, 4, 4], [2, 2, 4])
    assert crossed.tolist() == [0]


@pytest.mark.parametrize(
    ("a", "b"),
    [([1, 2, 3], [3, 1, 2]), ([5], [5, 5, 5]), ([7, 8], [7 * (1 + 1e-15), 8])],
)
def test_the_same_numbers_in_another_order_are_equal_everywhere(a, b):
    crossed, touched = of_means(a, b)
    assert not len(crossed)
    assert not len(touched)


def test_no_sums_and_no_terms():
    none = find_zeros(collect(np.empty((0, 4)), np.empty((0, 4))))
    assert none.crossed.shape[0] == 0
    empty = find_zeros(collect(np.zeros((2, 3)), np.zeros((2, 3))))
    assert empty.start.tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["whole", "wide", "close", "gigantic", "nearly equal moments"])
def test_signs_on_a_dense_grid_are_those_between_the_zeros(kind):
    rng = np.random.default_rng(11)
    pairs, g = {"wide": (15, 90)}.get(kind, (150, 7))
    shape = (2, pairs, g)
    if kind == "whole":
        a, b = rng.integers(1, 101, shape).astype(float)
    elif kind == "wide":
        a, b = rng.uniform(1, 100, shape)
    elif kind == "close":
        a = rng.uniform(1, 100, shape[1:])
        b = a * (1 + 1e-6 * rng.standard_normal(a.shape))
    elif kind == "gigantic":
        a, b = 10 ** rng.uniform(-12, 12, shape)
    else:
        a, b = (np.array(side) + 1e-3 * rng.standard_normal(shape[1:]) for side in PTE[-1][:2])
    weights = np.r_[np.full(g, 1 / g), np.full(g, -1 / g)]
    sums = collect(np.log(np.hstack([a, b])), np.tile(weights, (pairs, 1)))
    found = find_zeros(sums)
    several = 0
    for p in [*np.linspace(-40, 40, 161), -1000, 1000]:
        one, other = power_means(a, p), power_means(b, p)
        clear = np.abs(one - other) > 1e-11 * np.maximum(one, other)
        turns = (found.crossed < p).sum(axis=1)
        expected = found.start * (-1.0) ** turns
        assert (np.sign(one - other)[clear] == expected[clear]).all()
        several = max(several, int(turns.max()))
    assert several >= 2
    assert ((~np.isnan(found.crossed)).sum(axis=1) <= sums.most).all()
