"""The macro against the function that counts, on boards with everything that goes wrong."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sqlalchemy as sa

from db.leaderboards import write_board
from db.rows import BoardCellRow, BoardColumnRow, BoardModelRow, BoardRow, LeaderboardRow
from db.store import Store
from evaluators.averaging import Board, Column, find_treatment, rank

PS = (1.0, 0.0, -1.0, 0.5, 2.5, -3.0)


def random_board(draw: random.Random, name: str) -> Board:
    """A board with gaps, ties, zeros, negatives, several metrics, sub-splits, suspect cells."""
    columns = [
        Column("A", "A"),
        Column("B_f1", "B", "f1"),
        Column("B_acc", "B", "accuracy", unit_max=1.0),
        Column("M-m", "M-m", split_of="M"),
        Column("M-mm_f1", "M-mm", "f1", split_of="M"),
        Column("M-mm_acc", "M-mm", "accuracy", split_of="M"),
        Column("X", "X", role="diagnostic"),
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
        BoardColumnRow(c.name, c.task, c.metric, c.role, c.split_of, c.unit_max)
        for c in board.columns
    )
    return LeaderboardRow(
        BoardRow(board.name, board.snapshot, "made up"),
        tuple(columns),
        tuple(BoardModelRow(model) for model in board.models),
        tuple(cells),
    )


def test_random_boards_rank_in_sql_as_in_python(any_store: Store) -> None:
    draw = random.Random(11)  # noqa: S311 - no secret
    left_out = 0
    for number in range(4 if any_store.engine.retries else 12):
        board = random_board(draw, f"board {number}")
        write_board(any_store, as_rows(board))
        for p in PS:
            query = sa.text("SELECT position, score, rank FROM rerank(:board, 'now', :p)")
            with any_store.read() as connection:
                rows = connection.execute(query, {"board": board.name, "p": p}).fetchall()
            wanted = rank(board, find_treatment("per-task"), p).rows
            assert [(r.position, r.rank) for r in rows] == [(w.position, w.rank) for w in wanted]
            for row, want in zip(rows, wanted, strict=True):
                if want.score is None:
                    left_out += 1
                    assert row.score is None
                else:
                    assert row.score == pytest.approx(want.score, rel=1e-12)
    assert left_out > 20, "the boards have no gaps to get wrong"


def test_a_board_with_a_cost_is_not_ranked_at_all(file_store: Store) -> None:
    columns = (
        BoardColumnRow("A", "A", "accuracy"),
        BoardColumnRow("B", "B", "error", higher_is_better=False),
    )
    cells = (BoardCellRow(0, 0, 1.0), BoardCellRow(0, 1, 1.0))
    models = (BoardModelRow("one"),)
    write_board(file_store, LeaderboardRow(BoardRow("b", "s", "x"), columns, models, cells))
    with file_store.read() as connection:
        assert connection.execute(sa.text("FROM rerank('b', 's', 1)")).fetchall() == []
