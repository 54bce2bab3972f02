"""Tasks that count, and what each counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import gmean, hmean

from evaluators.averaging import TREATMENTS, Board, Column, Ranking, Treatment, find_treatment, rank
from evaluators.averaging.crossing import crossings
from evaluators.averaging.ratio import rank_by_ratio
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
    assert treatment.describe()[-1] == "not everything counts alike: only x, y; without y"
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
    ranking = weighted(board, PER_TASK.__class__(missing="any-available"), 1, {"y": 3.0})
    score = next(row.score for row in ranking.rows if row.model == "a")
    assert score == pytest.approx((3 * 10 + 40) / 4)
    assert weighted(board, PER_TASK, 1, {"y": 3.0}).left_out[0].model == "a"


def test_a_task_counts_if_one_of_its_languages_is_wanted() -> None:
    spoken = [("eng",), ("eng", "deu"), ("zho",), ("cmn",)]
    columns = tuple(
        Column(c.name, c.task, languages=own) for c, own in zip(BOARD.columns, spoken, strict=True)
    )
    board = Board("b", "1", BOARD.models, columns, VALUES)
    for wanted, left in {"en": "x y", "German": "y", "chinese": "z-m z-mm"}.items():
        chosen, _ = select(board, PER_TASK, Selection(languages=(wanted,)))
        assert " ".join(column.name for column in chosen.columns) == left
    _, treatment = select(board, PER_TASK, Selection(languages=("en", "zh")))
    assert treatment.name == "per-task (language eng, zho, cmn)"
    with pytest.raises(TreatmentError, match=r"no language 'fr' on b.*deu \(German\), eng"):
        select(board, PER_TASK, Selection(languages=("fr",)))
    with pytest.raises(TreatmentError, match=r"no languages to choose by.*board\.yaml"):
        select(BOARD, PER_TASK, Selection(languages=("en",)))


def test_a_task_of_weight_0_does_not_count_and_its_gaps_leave_nobody_out() -> None:
    values = VALUES.copy()
    values[0, 0] = math.nan
    board = Board("b", "1", BOARD.models, BOARD.columns, values)
    ranking = weighted(board, PER_TASK, 1, {"x": 0.0, "z": 3.0})
    assert {row.model: row.score for row in ranking.rows}["a"] == pytest.approx((10 + 3 * 40) / 4)


def test_columns_that_count_as_one_weigh_the_same() -> None:
    with pytest.raises(TreatmentError, match=r"z-m and z-mm count as one.*splits-twice"):
        weighted(BOARD, PER_TASK, 1, {"z-m": 2.0})
    apart = weighted(BOARD, find_treatment("per-task+splits-twice"), 1, {"z-m": 2.0})
    score = {row.model: row.score for row in apart.rows}["a"]
    assert score == pytest.approx((90 + 10 + 2 * 30 + 50) / 5)


def test_by_type_tasks_weigh_within_their_type_and_types_against_types() -> None:
    nested = find_treatment("per-task+by-type")
    ranking = weighted(BOARD, nested, 1, {"x": 3.0, "STS": 0.5})
    score = {row.model: row.score for row in ranking.rows}["a"]
    assert score == pytest.approx(((3 * 90 + 10) / 4 + 0.5 * 40) / 1.5)
    assert weighted(BOARD, nested, 1, {"Retrieval": 0.0, "x": 2.0}).columns == ("STS",)


def test_a_weight_that_could_be_of_a_task_or_of_a_type_is_refused() -> None:
    columns = (Column("STS", "STS", type="STS"), Column("y", "y", type="STS"))
    board = Board("b", "1", ("a",), columns, np.ones((1, 2)))
    with pytest.raises(TreatmentError, match="STS names both a task and a type"):
        select(board, PER_TASK, Selection(weights={"STS": 2.0}))


WHOLE = {"x": 2.0, "y": 1.0, "u": 3.0}


def whole_board(repeat: bool) -> Board:
    """Return random scores of three tasks; `repeat` has each as often as it weighs."""
    values = np.random.default_rng(3).integers(20, 90, (9, 3)).astype(float)
    names = [(name, k) for name, w in WHOLE.items() for k in range(int(w) if repeat else 1)]
    columns = tuple(Column(f"{name}{k or ''}", f"{name}{k or ''}") for name, k in names)
    at = [list(WHOLE).index(name) for name, _ in names]
    return Board("b", "1", tuple("abcdefghi"), columns, values[:, at])


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0, 0.7, -4.0, math.inf])
def test_whole_weights_are_tasks_that_count_so_often(p: float) -> None:
    once = weighted(whole_board(False), PER_TASK, p, WHOLE)
    often = rank(whole_board(True), PER_TASK, p)
    assert [row.rank for row in once.rows] == [row.rank for row in often.rows]
    assert [row.score for row in once.rows] == pytest.approx([row.score for row in often.rows])


def test_whole_weights_cross_and_relate_as_tasks_that_count_so_often() -> None:
    board, treatment = select(whole_board(False), PER_TASK, Selection(weights=WHOLE))
    once, often = (
        [pair.exponents for pair in crossings(*of, 0)]
        for of in ((board, treatment), (whole_board(True), PER_TASK))
    )
    assert sum(map(len, once)) > 0
    for own, other in zip(once, often, strict=True):
        assert own == pytest.approx(other)
    ratio = rank_by_ratio(board, treatment, 1, -1.0)
    repeated = rank_by_ratio(whole_board(True), PER_TASK, 1, -1.0)
    assert [row.score for row in ratio.rows] == pytest.approx([row.score for row in repeated.rows])
