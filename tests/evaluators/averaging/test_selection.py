"""Tasks that count, and what each counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import gmean, hmean

from evaluators.averaging import TREATMENTS, Board, Column, Ranking, Treatment, rank
from evaluators.averaging.selection import Selection, select
from evaluators.errors import TreatmentError

PER_TASK = TREATMENTS["per-task"]
VALUES = np.array([[90.0, 10.0, 30.0, 50.0], [20.0, 80.0, 40.0, 60.0], [50.0, 50.0, 50.0, 50.0]])
BOARD = Board(
    "b",
    "1",
    ("a", "b", "c"),
    (
        Column("x", "x", type="Retrieval"),
        Column("y", "y", type="Retrieval"),
        Column("z-m", "z-m", split_of="z", type="STS"),
        Column("z-mm", "z-mm", split_of="z", type="STS"),
    ),
    VALUES,
)


def weighted(board: Board, treatment: Treatment, p: float, weights: dict[str, float]) -> Ranking:
    return rank(*select(board, treatment, Selection(weights=weights)), p)


def columns(selection: Selection) -> list[str]:
    return [column.name for column in select(BOARD, PER_TASK, selection)[0].columns]


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(tasks=("x", "z-m")), ["x", "z-m"]),
        (Selection(tasks=("z",)), ["z-m", "z-mm"]),
        (Selection(without=("z", "y")), ["x"]),
        (Selection(types=("STS",)), ["z-m", "z-mm"]),
        (Selection(types=("Retrieval",), without=("x",)), ["y"]),
        (Selection(), ["x", "y", "z-m", "z-mm"]),
    ],
)
def test_columns_are_chosen_by_name_task_and_type(selection: Selection, left: list[str]) -> None:
    assert columns(selection) == left


def test_the_treatment_says_what_counts() -> None:
    _, treatment = select(BOARD, PER_TASK, Selection(tasks=("x", "y"), without=("y",)))
    assert treatment.name == "per-task (only x, y; without y)"
    assert treatment.describe()[-1] == "not all tasks count alike: only x, y; without y"
    _, treatment = select(BOARD, PER_TASK, Selection(without=("y",), name="mine"))
    assert treatment.name == "per-task (selection mine)"
    assert select(BOARD, PER_TASK, Selection(name="empty"))[1] is PER_TASK


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(tasks=("X",)), "no task 'X': did you mean 'x'"),
        (Selection(types=("ST",)), "no type 'ST'"),
        (Selection(weights={"w": 2.0}), "no task or type 'w'"),
        (Selection(tasks=("x",), without=("x",)), "no task is left"),
    ],
)
def test_unknown_names_are_refused(selection: Selection, message: str) -> None:
    with pytest.raises(TreatmentError, match=message):
        select(BOARD, PER_TASK, selection)


@pytest.mark.parametrize(("p", "mean"), [(1, np.average), (0, gmean), (-1, hmean)])
def test_weighted_means_are_those_of_scipy(p: float, mean) -> None:
    ranking = weighted(BOARD, PER_TASK, p, {"x": 3.0, "z": 0.5})
    values = np.column_stack([VALUES[:, 0], VALUES[:, 1], VALUES[:, 2:].mean(axis=1)])
    for row in ranking.rows:
        expected = mean(values[row.position], weights=[3.0, 1.0, 0.5])
        assert row.score == pytest.approx(expected)
    assert ranking.mean.startswith("weighted ")


def test_a_weight_of_a_type_holds_for_its_tasks_and_a_task_goes_before_its_type() -> None:
    ranking = weighted(BOARD, PER_TASK, 1, {"Retrieval": 2.0, "y": 0.0})
    by_name = {row.model: row.score for row in ranking.rows}
    assert by_name["a"] == pytest.approx((2 * 90 + 0 * 10 + 40) / 3)


def test_equal_weights_change_nothing() -> None:
    ranking = weighted(BOARD, PER_TASK, 0, {"x": 1.0})
    assert [(r.model, r.rank) for r in ranking.rows] == [
        (r.model, r.rank) for r in rank(BOARD, PER_TASK, 0).rows
    ]


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_weight_is_a_number_of_at_least_0(weight: float) -> None:
    with pytest.raises(TreatmentError, match="at least 0"):
        weighted(BOARD, PER_TASK, 1, {"x": weight})
    with pytest.raises(TreatmentError, match="every weight is 0"):
        weighted(BOARD, PER_TASK, 1, dict.fromkeys(("x", "y", "z"), 0.0))


def test_rows_with_gaps_are_weighted_over_what_they_have() -> None:
    values = VALUES.copy()
    values[0, 0] = math.nan
    board = Board("b", "1", BOARD.models, BOARD.columns, values)
    ranking = weighted(board, PER_TASK.__class__(missing="available-only"), 1, {"y": 3.0})
    score = next(row.score for row in ranking.rows if row.model == "a")
    assert score == pytest.approx((3 * 10 + 40) / 4)
    assert weighted(board, PER_TASK, 1, {"y": 3.0}).left_out[0].model == "a"
