import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gmean

from evaluators.averaging import TREATMENTS, find_treatment, rank
from evaluators.averaging.ratio import rank_by_ratio
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]


@pytest.mark.parametrize(("name", "above"), [("glue", 15), ("superglue", 3)])
@pytest.mark.parametrize("p", [1, 0, -1])
def test_as_many_models_above_the_human_row_under_every_mean(name, above, p):
    board = read_board(name, "2021")
    ranking = rank_by_ratio(board, PER_TASK, board.is_human.index(True), p)
    assert ranking.human.score == pytest.approx(1, rel=1e-14)
    assert sum(row.score > 1 + 1e-9 for row in ranking.ranked) == above


def by_row(ranking):
    return [row.rank for row in sorted(ranking.rows, key=lambda row: row.position)]


cells = st.integers(1, 100)
tables = st.tuples(st.integers(2, 5), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(cells, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


@given(tables)
def test_geometric_ranking_is_the_same_whatever_the_reference(make_board, rows):
    board = make_board(rows)
    plain = rank(board, PER_TASK, 0)
    scores = {r.position: r.score for r in plain.rows}
    for reference in range(len(rows)):
        ratios = rank_by_ratio(board, PER_TASK, reference, 0)
        assert by_row(ratios) == by_row(plain)
        for row in ratios.rows:
            expected = scores[row.position] / scores[reference]
            assert row.score == pytest.approx(expected, rel=1e-12)


def test_arithmetic_and_harmonic_rankings_are_not(make_board):
    board = make_board([[10, 40], [20, 25], [40, 10]])
    for p in (1, -1):
        assert len({tuple(by_row(rank_by_ratio(board, PER_TASK, i, p))) for i in range(3)}) == 3


def test_by_hand(make_board):
    board = make_board([[50, 80], [25, 100]])
    rows = rank_by_ratio(board, PER_TASK, 1, 1).rows
    assert [row.score for row in rows] == [pytest.approx((2 + 0.8) / 2), 1]
    rows = rank_by_ratio(board, PER_TASK, 1, 0).rows
    assert rows[0].score == pytest.approx(gmean([2, 0.8]))
    assert rank_by_ratio(board, PER_TASK, 1, 0).mean == "geometric of ratios to model1"
    shifted = rank_by_ratio(board, find_treatment("per-task+shift"), 1, 1).rows
    assert shifted[0].score == pytest.approx((150 / 125 + 180 / 200) / 2)


@pytest.mark.parametrize(
    ("values", "treatment", "said"),
    [
        ([[0, 5], [1, 1]], "per-task", "task0 = 0"),
        ([[-4, 5], [1, 1]], "per-task", "task0 = -4"),
        ([[math.nan, 5], [1, 1]], "per-task", "no value for task0"),
        ([[math.nan, 5], [1, 1]], "per-task+available-only", "no value for task0"),
        ([[3, 5], [1, 1]], "paper-mixed", "same for every row"),
    ],
)
def test_references_that_nothing_can_be_divided_by_are_refused(make_board, values, treatment, said):
    with pytest.raises(TreatmentError, match=said):
        rank_by_ratio(make_board(values), find_treatment(treatment), 0)


def test_rows_with_zeros_and_gaps_have_no_mean_of_ratios_where_they_have_no_mean(make_board):
    board = make_board([[50, 50], [0, 80], [math.nan, 90]])
    assert by_row(rank_by_ratio(board, PER_TASK, 0, 0)) == [1, None, None]
    assert by_row(rank_by_ratio(board, PER_TASK, 0, 1)) == [1, 2, None]
    assert np.isfinite(rank_by_ratio(board, PER_TASK, 0, 1).rows[1].score)
