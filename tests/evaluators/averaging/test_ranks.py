import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from evaluators.averaging import TREATMENTS, rank, ranks_of


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_ranks_equal_scipy_min_ranks_ties_share(scores):
    expected = rankdata([-s for s in scores], method="min")
    assert ranks_of(np.array(scores, dtype=float)).tolist() == expected.tolist()


def test_ranks_skip_places_after_a_tie_and_leave_nan_out():
    ranks = ranks_of(np.array([3.0, np.nan, 5.0, 3.0, 1.0]))
    assert np.array_equal(ranks, [2, np.nan, 1, 2, 4], equal_nan=True)


def test_many_rankings_at_once_equal_one_by_one():
    scores = np.random.default_rng(7).integers(0, 6, (50, 12)).astype(float)
    scores[scores == 0] = np.nan
    together = ranks_of(scores)
    for row, ranks in zip(scores, together, strict=True):
        assert np.array_equal(ranks_of(row), ranks, equal_nan=True)


def test_all_undefined_is_nobody_ranked():
    assert np.isnan(ranks_of(np.full(3, np.nan))).all()
    assert ranks_of(np.empty(0)).shape == (0,)


def test_tie_is_not_broken_by_the_last_digit_of_a_sum(make_board):
    # 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ in floating point
    board = make_board([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.3, 0.3, 0.3]])
    for p in (1, 0, -1):
        ranking = rank(board, TREATMENTS["per-task"], p)
        assert [row.rank for row in sorted(ranking.rows, key=lambda r: r.position)] == [2, 2, 1]


def test_scores_that_really_differ_are_not_tied(make_board):
    board = make_board([[50.0, 50.0], [50.0, 50.000001]])
    assert [row.rank for row in rank(board, TREATMENTS["per-task"], 1).rows] == [1, 2]
    assert rank(board, TREATMENTS["per-task"], 1).rows[0].position == 1


def test_unknown_p_is_refused(make_board):
    from evaluators.errors import TreatmentError

    with pytest.raises(TreatmentError):
        rank(make_board([[1.0]]), TREATMENTS["per-task"], float("nan"))
