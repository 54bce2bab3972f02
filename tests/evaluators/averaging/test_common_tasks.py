"""The largest set of tasks that most models have."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evaluators.averaging import Board, Column, find_treatment, rank
from evaluators.averaging.common_tasks import common_tasks, complete_cells


def board(has: np.ndarray, splits: bool = False) -> Board:
    """Return a board with 50 where a model has a task."""
    n, k = has.shape
    columns = tuple(
        Column(f"c{j}", f"t{j}", split_of="whole" if splits and j < 2 else None) for j in range(k)
    )
    models = tuple(f"m{i}" for i in range(n))
    return Board("gaps", "1", models, columns, np.where(has, 50.0, np.nan))


@pytest.mark.parametrize("seed", range(8))
def test_the_set_is_one_of_the_largest_that_half_of_the_models_have(seed: int) -> None:
    has = np.random.default_rng(seed).uniform(size=(9, 6)) < 0.8
    found = common_tasks(board(has))
    places = [int(task[1:]) for task in found]
    assert 2 * has[:, places].all(axis=1).sum() >= 9
    largest = max(
        size
        for size in range(7)
        for chosen in itertools.combinations(range(6), size)
        if 2 * has[:, list(chosen)].all(axis=1).sum() >= 9
    )
    assert largest - len(found) <= 1, "the search is not exhaustive, but close"
    assert len(found) >= 2


def test_splits_of_one_task_stay_together_and_a_board_without_gaps_keeps_all() -> None:
    has = np.ones((4, 3), dtype=bool)
    assert common_tasks(board(has)) == ("t0", "t1", "t2")
    has[:, 1] = False
    tasks, complete = complete_cells(board(has, splits=True))
    assert tasks == ("whole", "t2")
    assert complete.tolist() == [[False, True]] * 4
    assert common_tasks(board(has, splits=True)) == ("t2",)


def test_nothing_in_common_is_an_empty_set() -> None:
    assert common_tasks(board(np.eye(5, dtype=bool))) == ()


@pytest.mark.parametrize(("gaps", "ranked"), [(2, True), (3, False)])
def test_a_model_with_fewer_than_four_fifths_of_the_tasks_has_no_rank(
    gaps: int, ranked: bool
) -> None:
    has = np.ones((3, 10), dtype=bool)
    has[0, :gaps] = False
    values = np.where(has, 50.0, np.nan)
    values[0] += 40  # it would be first
    made = Board("b", "1", ("gaps", "a", "b"), board(has).columns, values)
    ranking = rank(made, find_treatment("per-task+available-only"))
    assert (ranking.rows[0].model == "gaps") is ranked
    row = next(row for row in ranking.rows if row.model == "gaps")
    assert (row.rank == 1) is ranked
    assert ranked or "fewer than 80% of the columns" in (row.left_out or "")
    assert rank(made, find_treatment("per-task+any-available")).rows[0].model == "gaps"
