import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import ranks_of
from evaluators.averaging.stability.leave_one_out import rank_rows


def plainly(scores, tolerance):
    return np.nan_to_num(ranks_of(scores, tolerance=tolerance), nan=0).astype(int)


@pytest.mark.parametrize("n", [1, 2, 3, 64, 65, 206, 3000])
@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_equal_to_ranks_of(n, unit):
    scores = np.random.default_rng(n).uniform(-unit, unit, (40, n))
    assert (rank_rows(scores, 1e-9 * unit) == plainly(scores, 1e-9 * unit)).all()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=12),
    st.sampled_from([0.0, 50.0, 1e6, -30.0, 1e15]),
    st.sampled_from([0.0, 1e-300, 0.5, 0.9999, 1.0, 1.0000001, 2.5]),
    st.booleans(),
)
def test_gaps_at_and_around_the_tolerance(steps, offset, step, gap):
    tolerance = 1e-7
    row = offset + np.array(steps) * step * tolerance
    scores = np.array([row, row[::-1], np.zeros(len(row))])
    if gap:
        scores[0, 0] = np.nan
    before = scores.copy()
    assert (rank_rows(scores, tolerance) == plainly(scores, tolerance)).all()
    np.testing.assert_array_equal(scores, before)


def test_a_chain_of_ties_shares_the_smallest_rank():
    scores = np.array([[90, 90 - 6e-8, 90 - 1.2e-7, 80, 95]])
    assert rank_rows(scores, 1e-7).tolist() == [[2, 2, 2, 5, 1]]


def test_no_tolerance_means_exact_ties_only():
    scores = np.array([[1.0, 1.0 + 1e-15, 1.0]])
    assert rank_rows(scores, 0.0).tolist() == [[2, 1, 2]]


def test_nothing_to_rank():
    assert rank_rows(np.empty((0, 4)), 1e-7).shape == (0, 4)
    assert rank_rows(np.full((2, 3), np.nan), 1e-7).tolist() == [[0] * 3] * 2


def test_more_models_than_a_small_number_holds():
    scores = np.arange(70_000.0)[None]
    ranks = rank_rows(scores, 1e-7)
    assert ranks[0, 0] == 70_000
    assert ranks[0, -1] == 1
