"""The macro against the function that counts, on boards with everything that goes wrong."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from db import open_store
from db.leaderboards import write_board, write_boards
from db.rows import BoardCellRow, BoardColumnRow, BoardModelRow, BoardRow, LeaderboardRow
from db.store import Store
from evaluators.averaging import MEANS, Board, Column, find_treatment, rank
from evaluators.averaging.selection import Selection, select
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import boards, read_board, store_boards

PS = (1.0, 0.0, -1.0, 0.5, 2.5, -3.0)


def random_board(draw: random.Random, name: str) -> Board:
    """A board with gaps, ties, zeros, negatives, several metrics, sub-splits, suspect cells."""
    columns = [
        Column("A", "A", type="one", languages=("eng",)),
        Column("B_f1", "B", "f1", type="two", languages=("eng", "deu")),
        Column("B_acc", "B", "accuracy", unit_max=1.0, type="two", languages=("eng", "deu")),
        Column("M-m", "M-m", split_of="M", type="one", languages=("fra",)),
        Column("M-mm_f1", "M-mm", "f1", split_of="M", type="one", languages=("deu",)),
        Column("M-mm_acc", "M-mm", "accuracy", split_of="M", type="one", languages=("deu",)),
        Column("X", "X", role="diagnostic", type="three"),
    ]
    n = 12
    choices = [60.0, 70.0, 70.0, 80.0, 80.5, draw.uniform(50, 90)]
    values = np.array([[draw.choice(choices) for _ in columns] for _ in range(n)])
    for _ in range(n // 3):
        i, j = draw.randrange(n), draw.randrange(len(columns))
        values[i, j] = draw.choice([np.nan, 0.0, -5.0, np.nan])
    values[:, 2] /= 100
    values[3] = values[2]
    suspect = {(draw.randrange(n), draw.randrange(len(columns))): "doubtful"}
    return Board(
        name=name,
        snapshot="now",
        models=tuple(f"model {i}" for i in range(n)),
        columns=tuple(columns),
        values=values,
        suspect={cell: why for cell, why in suspect.items() if not np.isnan(values[cell])},
    )


def as_rows(board: Board) -> LeaderboardRow:
    cells = (
        BoardCellRow(i, j, float(value), suspect=(i, j) in board.suspect)
        for (i, j), value in np.ndenumerate(board.values)
        if not np.isnan(value)
    )
    columns = (
        BoardColumnRow(
            c.name,
            c.task,
            c.metric,
            c.role,
            c.split_of,
            c.unit_max if c.bounded else None,
            c.higher_is_better,
            type=c.type,
            languages=",".join(c.languages) or None,
        )
        for c in board.columns
    )
    return LeaderboardRow(
        BoardRow(board.name, board.snapshot, "made up"),
        tuple(columns),
        tuple(BoardModelRow(model) for model in board.models),
        tuple(cells),
    )


@pytest.fixture(scope="module")
def kept(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of three boards, written once and opened once for what only asks."""
    path = shutil.copy(empty_store, tmp_path_factory.mktemp("kept") / "store.duckdb")
    store = open_store(f"duckdb:///{path}")
    random_boards = [random_board(random.Random(1), name) for name in ("board", "glue")]  # noqa: S311
    write_boards(store, [as_rows(board) for board in (*random_boards, board_with_costs())])
    with store.together():
        yield store


@pytest.fixture(scope="module")
def bundled(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of every bundled board, written once and opened once for what only asks."""
    path = shutil.copy(empty_store, tmp_path_factory.mktemp("bundled") / "store.duckdb")
    store = open_store(f"duckdb:///{path}")
    store_boards(store)
    with store.together():
        yield store


TREATMENTS = (
    "per-task",
    "per-metric",
    "main-metric",
    "per-task+diagnostics",
    "per-metric+diagnostics+as-printed",
    "per-task+splits-twice+drop-column",
    "per-metric+available-only",
    "per-metric+any-available",
    "per-task+available-only+floor",
    "per-task+shift",
    "main-metric+splits-twice+floor",
    "per-task+by-type",
    "per-metric+diagnostics+drop-column+shift+by-type",
    "per-task+available-only+by-type",
)


EVERYTHING = Selection()


def arguments(selection: Selection) -> str:
    """Write a selection as arguments of `rerank`."""
    names = ("tasks", "without", "types", "languages")
    chosen = {name: getattr(selection, name) for name in names}
    parts = [f", {name} := {list(names)}" for name, names in chosen.items() if names]
    if selection.weights:
        parts.append(f", weights := MAP {dict(selection.weights)}")
    return "".join(parts)


def held_together(
    store: Store, board: Board, treatment: str, p: float, selection: Selection = EVERYTHING
) -> int:
    """Compare the macro with Python, and return how many rows neither ranks."""
    more = arguments(selection).replace(":", "\\:")  # or `{'A':` would be a parameter
    query = sa.text(
        f"SELECT position, score, rank FROM rerank(:board, :treatment, :p, :snapshot{more})"  # noqa: S608 - of the test's own
    )
    given = {"board": board.name, "treatment": treatment, "p": p, "snapshot": board.snapshot}
    with store.read() as connection:
        rows = connection.execute(query, given).fetchall()
    try:
        wanted = rank(*select(board, find_treatment(treatment), selection), p).rows
    except TreatmentError:  # no column is left to rank by
        assert rows == []
        return 0
    assert [(r.position, r.rank) for r in rows] == [(w.position, w.rank) for w in wanted]
    for row, want in zip(rows, wanted, strict=True):
        assert (row.score is None) == (want.score is None)
        if want.score is not None:
            assert row.score == pytest.approx(want.score, rel=1e-12, abs=1e-12)
    return sum(want.score is None for want in wanted)


def test_random_boards_rank_in_sql_as_in_python(any_store: Store) -> None:
    draw = random.Random(11)  # noqa: S311 - no secret
    left_out = 0
    for number in range(1 if any_store.engine.retries else 3):
        board = random_board(draw, f"board {number}")
        write_board(any_store, as_rows(board))
        with any_store.together():
            for treatment in TREATMENTS:
                for p in draw.sample(PS, 2):
                    left_out += held_together(any_store, board, treatment, p)
    assert left_out > 10, "the boards have no gaps to get wrong"


SELECTIONS = (
    Selection(tasks=("A", "M")),
    Selection(without=("B", "M-m")),
    Selection(types=("two", "three"), without=("B_acc",)),
    Selection(languages=("deu",)),
    Selection(languages=("fra", "eng"), types=("one",)),
    Selection(weights={"A": 3.0, "two": 0.5}),
    Selection(weights={"one": 2.0, "M": 0.25, "B_f1": 0.0}),
    Selection(weights={"two": 0.0, "A": 1.5}, without=("M-mm_f1",)),
)


def test_selected_and_weighted_tasks_rank_in_sql_as_in_python(any_store: Store) -> None:
    draw = random.Random(5)  # noqa: S311 - no secret
    board = random_board(draw, "board")
    write_board(any_store, as_rows(board))
    remote = any_store.engine.retries
    with any_store.together():
        for selection in draw.sample(SELECTIONS, 2) if remote else SELECTIONS:
            for treatment in draw.sample(TREATMENTS, 2 if remote else 4):
                p = draw.choice((*PS, math.inf))
                held_together(any_store, board, treatment, p, selection)


def test_bundled_boards_rank_in_sql_as_in_python_with_weights(bundled: Store) -> None:
    weighted = Selection(without=("ArguAna",), weights={"Retrieval": 2.0, "STS12": 0.3})
    mteb = read_board("mteb-eng-v2", "2026-08")
    for treatment in ("per-task", "per-task+by-type", "per-task+available-only+by-type"):
        held_together(bundled, mteb, treatment, -1.0, weighted)
    held_together(
        bundled,
        read_board("superglue", "2021"),
        "per-metric",
        0.5,
        Selection(weights={"MultiRC_F1a": 2.0, "MultiRC_EM": 3.0}),
    )


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (Selection(tasks=("a",)), "no task '?a"),
        (Selection(without=("A", "nosuch")), "no task '?nosuch"),
        (Selection(types=("four",)), "no type '?four"),
        (Selection(languages=("zul",)), "no language '?zul.*deu.*eng.*fra"),
        (Selection(weights={"Q": 1.0}), "no task or type '?Q"),
        (Selection(weights={"A": -1.0}), "at least 0"),
        (Selection(tasks=("A",), without=("A",)), "no task is left"),
        (Selection(weights=dict.fromkeys(("one", "two", "three"), 0.0)), "every weight is 0"),
        (Selection(tasks=("X",)), "no column is left to rank by"),
        (Selection(weights={"M-m": 2.0}), "count as one and must weigh the same"),
    ],
    ids=lambda value: value.text if isinstance(value, Selection) else "",
)
def test_what_cannot_be_selected_is_refused_by_name_in_sql_and_in_python(
    kept: Store, chosen: Selection, message: str
) -> None:
    board = random_board(random.Random(1), "board")  # noqa: S311
    with pytest.raises(TreatmentError, match=message):
        rank(*select(board, find_treatment("per-task"), chosen), 1)
    query = f"FROM rerank('board', 'per-task', 1{arguments(chosen)})"
    with kept.read() as connection, pytest.raises(Exception, match=message):
        connection.exec_driver_sql(query).fetchall()


@pytest.mark.parametrize("argument", ["types", "languages"])
def test_a_board_without_types_or_languages_cannot_be_selected_by_them(
    bundled: Store, argument: str
) -> None:
    query = f"FROM rerank('superglue', 'per-task', 1, {argument} := ['x'])"
    message = f"its tasks have no {argument} to choose by"
    with bundled.read() as connection, pytest.raises(Exception, match=message):
        connection.exec_driver_sql(query).fetchall()


def test_every_bundled_board_ranks_in_sql_as_in_python(bundled: Store) -> None:
    for name, snapshot in ((name, each) for name, all_of in boards().items() for each in all_of):
        board = read_board(name, snapshot)
        for treatment, p in (("per-task", MEANS["harmonic"]), ("per-metric+diagnostics", 0.0)):
            held_together(bundled, board, treatment, p)


def test_without_a_snapshot_it_is_the_latest(bundled: Store) -> None:
    query = "SELECT model, rank FROM rerank('superglue', 'per-task', -1{})"
    with bundled.read() as connection:
        latest = connection.exec_driver_sql(query.format("")).fetchall()
        named = query.format(", snapshot_name := '2022-01'")
        assert latest == connection.exec_driver_sql(named).fetchall()
        earlier = query.format(", snapshot_name := '2021'")
        assert latest != connection.exec_driver_sql(earlier).fetchall()


def test_by_type_needs_the_types_in_sql_too(bundled: Store) -> None:
    with bundled.read() as connection, pytest.raises(Exception, match="needs one type for each"):
        connection.exec_driver_sql("FROM rerank('glue', 'per-task+by-type', 1)").fetchall()


@pytest.mark.parametrize("treatment", ["paper-mixed", "per-tsk", "per-task+mixed", ""])
def test_a_treatment_it_does_not_know_is_said_and_not_guessed(kept: Store, treatment: str) -> None:
    with kept.read() as connection, pytest.raises(Exception, match="rerank knows per-task"):
        connection.execute(sa.text("FROM rerank('glue', :t, 1)"), {"t": treatment}).fetchall()


@pytest.mark.parametrize("named", ["'nosuch', 'per-task', 1", "'glue', 'per-task', 1, '1999'"])
def test_a_board_that_is_not_there_is_said_and_not_an_empty_answer(kept: Store, named: str) -> None:
    with kept.read() as connection, pytest.raises(Exception, match="no leaderboard"):
        connection.exec_driver_sql(f"FROM rerank({named})").fetchall()


def board_with_costs() -> Board:
    """A cost of its own, one beside a score of its task in another unit, and zeros."""
    columns = (
        Column("A", "A"),
        Column("B_acc", "B", "accuracy"),
        Column("B_ece", "B", "ece", unit_max=1.0, higher_is_better=False),
        Column("ms", "ms", "latency", higher_is_better=False),
    )
    values = [[80, 60, 0.25, 50], [70, 65, 0.5, 20], [75, 70, 0.1, 0], [60, 50, np.nan, 120]]
    return Board("costs", "now", ("m0", "m1", "m2", "m3"), columns, np.array(values))


@pytest.mark.parametrize("way", ["complement", "inverse"])
@pytest.mark.parametrize("base", ["per-task", "per-metric", "main-metric"])
@pytest.mark.parametrize("more", ["", "+available-only", "+floor"])
def test_costs_are_turned_in_sql_as_in_python(kept: Store, base: str, way: str, more: str) -> None:
    board = board_with_costs()
    parts = f"{base}{more}+{way}"
    name = find_treatment(parts).name
    for p in (1.0, 0.0):
        held_together(kept, board, name, p)


def test_a_cost_that_nothing_bounds_is_inverted_in_sql_as_in_python(file_store: Store) -> None:
    costs = board_with_costs()
    columns = (*costs.columns[:3], Column("ms", "ms", unit_max=np.inf, higher_is_better=False))
    board = Board("costs", "now", costs.models, columns, costs.values * [1, 1, 1, 40])
    alone = replace(board.take(columns=[3]), name="alone")
    for one in (board, alone):
        write_board(file_store, as_rows(one))
        for p in (1.0, 0.0):
            held_together(file_store, one, "per-task+inverse", p)
    with (
        file_store.read() as connection,
        pytest.raises(Exception, match=r"nothing bounds ms.*\+inverse"),
    ):
        connection.execute(sa.text("FROM rerank('costs', 'per-task+complement', 1)")).fetchall()


def test_a_board_with_a_cost_is_refused_with_the_treatments_that_rank_it(
    kept: Store,
) -> None:
    with (
        kept.read() as connection,
        pytest.raises(Exception, match=r"less is better for .*per-task\+complement"),
    ):
        connection.execute(sa.text("FROM rerank('costs', 'per-task', 1)")).fetchall()
