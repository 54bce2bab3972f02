import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gmean, hmean, pmean

from evaluators.averaging import MEANS, power_mean, power_means
from evaluators.errors import TreatmentError

positive = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30)
exponents = st.floats(-300, 300)


@given(positive)
def test_three_means_equal_scipy_and_statistics(xs):
    assert power_mean(xs, MEANS["arithmetic"]) == pytest.approx(statistics.fmean(xs), rel=1e-12)
    assert power_mean(xs, MEANS["geometric"]) == pytest.approx(gmean(xs), rel=1e-12)
    assert power_mean(xs, MEANS["harmonic"]) == pytest.approx(hmean(xs), rel=1e-12)


@given(positive, st.floats(-40, 40).filter(lambda p: abs(p) > 1e-3))
def test_other_exponents_equal_scipy_pmean_where_that_does_not_overflow(xs, p):
    assert power_mean(xs, p) == pytest.approx(pmean(xs, p), rel=1e-9)


@given(positive)
def test_arithmetic_is_at_least_geometric_is_at_least_harmonic(xs):
    am, gm, hm = (power_mean(xs, p) for p in (1, 0, -1))
    assert am >= gm * (1 - 1e-12)
    assert gm >= hm * (1 - 1e-12)


@given(positive, exponents, exponents)
def test_power_mean_grows_with_p_and_stays_between_min_and_max(xs, p, q):
    low, high = (power_mean(xs, e) for e in sorted((p, q)))
    assert low <= high * (1 + 1e-12)
    assert min(xs) * (1 - 1e-12) <= low
    assert high <= max(xs) * (1 + 1e-12)


@given(positive)
def test_huge_exponents_reach_max_and_min_without_overflow(xs):
    for p in (1e6, 1e12, 1e300, math.inf):
        assert power_mean(xs, p) == pytest.approx(max(xs), rel=1e-5)
        assert power_mean(xs, -p) == pytest.approx(min(xs), rel=1e-5)
    assert power_mean(xs, math.inf) == max(xs)
    assert power_mean(xs, -math.inf) == min(xs)


@given(positive)
def test_tiny_exponents_go_to_the_geometric_mean_instead_of_losing_all_digits(xs):
    for p in (1e-8, 1e-12, 1e-15, 1e-50, 1e-300, 5e-324):
        assert power_mean(xs, p) == pytest.approx(gmean(xs), rel=1e-6)
        assert power_mean(xs, -p) == pytest.approx(gmean(xs), rel=1e-6)


def test_very_large_and_small_numbers_do_not_overflow():
    for p in (-7.5, -1, 0, 0.5, 3, 9):
        assert power_mean([1e300, 1e300], p) == pytest.approx(1e300, rel=1e-12)
        assert power_mean([1e-300, 1e-300], p) == pytest.approx(1e-300, rel=1e-12)


@given(st.floats(1e-3, 1e3), st.integers(1, 9), exponents)
def test_mean_of_equal_numbers_is_the_number(x, n, p):
    assert power_mean([x] * n, p) == pytest.approx(x, rel=1e-12)


@pytest.mark.parametrize("p", [0, -0.5, -1, -20, -math.inf])
@pytest.mark.parametrize("bad", [0.0, -0.4, -10.3])
def test_nonpositive_is_undefined_for_p_at_most_0_where_scipy_says_0_or_warns(p, bad):
    assert power_mean([50.0, bad], p) is None


@pytest.mark.parametrize("p", [0.5, 2, 3, math.inf])
def test_negative_is_undefined_for_positive_p_but_1(p):
    assert power_mean([50.0, -0.4], p) is None
    assert power_mean([50.0, 0.0], p) is not None
    assert power_mean([50.0, -0.4], 1) == pytest.approx(24.8)


def test_zeros_under_positive_p():
    assert power_mean([0.0, 0.0], 2) == 0
    assert power_mean([0.0, 4.0], 0.5) == pytest.approx(1.0)


@pytest.mark.parametrize("p", [1, 0, -1, 2, math.inf])
@pytest.mark.parametrize("xs", [[], [None], [1.0, None], [1.0, math.nan], [1.0, math.inf]])
def test_nothing_missing_and_infinite_have_no_mean(xs, p):
    assert power_mean(xs, p) is None


def test_exponent_that_is_no_number_is_refused():
    with pytest.raises(TreatmentError, match="exponent"):
        power_mean([1.0], math.nan)
    with pytest.raises(TreatmentError, match="exponent"):
        power_mean([], math.nan)


@given(
    st.lists(
        st.lists(st.sampled_from([math.nan, -3.0, 0.0, 0.5, 7.25, 99.0]), min_size=4, max_size=4),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([-math.inf, -7.5, -1, 0, 0.5, 1, 3, math.inf]),
)
def test_rows_together_equal_rows_one_by_one_with_missing_entries_left_out(rows, p):
    together = power_means(rows, p)
    for row, mean in zip(rows, together, strict=True):
        alone = power_mean([x for x in row if not math.isnan(x)], p)
        assert (alone is None) == np.isnan(mean)
        if alone is not None:
            assert mean == pytest.approx(alone, rel=1e-12, abs=1e-12)
