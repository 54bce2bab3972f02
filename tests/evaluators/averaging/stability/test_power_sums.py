import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import power_means
from evaluators.averaging.stability.weighted import power_sums

EXPONENTS = [
    -math.inf, -1000, -20, -3, -1, -0.5, -0.3, -1e-6, -1e-12, 0.0, 1e-150, 1e-90, 1e-12, 0.1,
    0.49, 0.5, 1, 2, 7.5, 20, 1000, math.inf,
]  # fmt: skip


def by_repetition(values, counts, p):
    """The plain way: repeat each column as often as it was drawn."""
    return np.array(
        [
            power_means(np.repeat(values, drawn, axis=1), p)
            if drawn.sum()
            else np.full(len(values), np.nan)
            for drawn in counts
        ]
    )


@pytest.mark.parametrize("p", EXPONENTS)
def test_counts_give_the_means_of_repeated_columns(p):
    rng = np.random.default_rng(1)
    values = rng.uniform(0.01, 100, (30, 9))
    counts = rng.multinomial(9, np.full(9, 1 / 9), size=50)
    means = power_sums(values, p).means(counts.astype(float))
    np.testing.assert_allclose(means, by_repetition(values, counts, p), rtol=1e-11)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda g: st.lists(
            st.lists(
                st.sampled_from([0.0, math.nan, 1e-9, 1e-3, 1.0, 50.0, 99.9, 100.0, 1e9]),
                min_size=g,
                max_size=g,
            ),
            min_size=1,
            max_size=5,
        )
    ),
    st.sampled_from([p for p in EXPONENTS if p > 0]),
    st.integers(0, 2**32),
)
def test_gaps_zeros_and_widely_spread_values(rows, p, seed):
    values = np.array(rows)
    g = values.shape[1]
    counts = np.random.default_rng(seed).multinomial(g, np.full(g, 1 / g), size=6)
    means = power_sums(values, p).means(counts.astype(float))
    np.testing.assert_allclose(means, by_repetition(values, counts, p), rtol=1e-8, atol=1e-300)


@pytest.mark.parametrize("p", [-7, -1, -0.2, 0])
def test_gaps_where_zeros_have_no_mean(p):
    values = np.array([[math.nan, 1e-9, 1e9], [5, math.nan, math.nan], [1, 2, 3]])
    counts = np.array([[1, 1, 1], [0, 3, 0], [3, 0, 0], [0, 1, 2]])
    means = power_sums(values, p).means(counts.astype(float))
    np.testing.assert_allclose(means, by_repetition(values, counts, p), rtol=1e-9)


def test_the_arithmetic_mean_takes_negatives():
    values = np.array([[-5.0, 10.0, 3.0]])
    means = power_sums(values, 1).means(np.array([[1.0, 2.0, 0.0]]))
    assert means[0, 0] == pytest.approx(5.0)
