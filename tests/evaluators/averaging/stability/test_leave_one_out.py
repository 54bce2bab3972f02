import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Column, rank
from evaluators.averaging.stability import contest, leave_one_out
from evaluators.errors import TreatmentError

PER_TASK = TREATMENTS["per-task"]


@pytest.mark.parametrize("p", [1, 0, -1, 5])
def test_equal_to_ranking_the_board_without_the_column(make_board, p):
    board = make_board(np.random.default_rng(3).uniform(1, 100, (9, 5)))
    found = leave_one_out(contest(board, PER_TASK, p))
    for j in range(5):
        without = board.take(columns=[c for c in range(5) if c != j])
        rows = sorted(rank(without, PER_TASK, p).rows, key=lambda row: row.position)
        assert found.ranks[j].tolist() == [row.rank for row in rows]
        np.testing.assert_allclose(found.scores[j], [row.score for row in rows])


def test_a_task_goes_with_all_its_metrics(make_board):
    columns = [Column("A", "A"), Column("B_f1", "B", "f1"), Column("B_em", "B", "em")]
    board = make_board([[50, 90, 90], [60, 10, 10]], columns)
    found = leave_one_out(contest(board, TREATMENTS["per-metric"]))
    assert found.contest.tasks == ("A", "B")
    assert found.ranks.tolist() == [[1, 2], [2, 1]]
    assert found.first_rests_on(0) == ("B",)
    assert found.order_rests_on(0, 1) == ("B",)
    assert found.most_moving(1) == ("B",)


def test_who_is_compared_stays_the_same(make_board):
    board = make_board([[99, np.nan], [50, 60], [40, 70]])
    found = leave_one_out(contest(board, PER_TASK))
    assert found.contest.models == ("model1", "model2")
    assert found.ranks.tolist() == [[2, 1], [1, 2]]


def test_a_headline_may_rest_on_nothing(make_board):
    found = leave_one_out(contest(make_board([[9, 9, 9], [1, 1, 1]]), PER_TASK))
    assert found.first_rests_on(0) == found.order_rests_on(0, 1) == found.most_moving(0) == ()


def test_one_task_cannot_be_left_out(make_board):
    with pytest.raises(TreatmentError, match="task0 is the only task"):
        leave_one_out(contest(make_board([[1.0], [2.0]]), PER_TASK))
