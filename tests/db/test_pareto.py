"""The macro `pareto` against the function that counts."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from db import open_store
from db.leaderboards import BoardKey, write_boards, write_rankings
from db.store import Store
from evaluators.averaging import MEANS, TREATMENTS, Board, Column
from evaluators.averaging.pareto import pareto_front
from evaluators.model_facts.facts import SIZES, Fact
from flows.boards.leaderboards import rankings_of
from flows.boards.stored import board_rows


def random_board(seed: int, snapshot: str) -> Board:
    """A board with ties of sizes and scores, gaps and unknown sizes."""
    rng = np.random.default_rng(seed)
    n = 40
    values = rng.integers(40, 60, (n, 3)) + np.arange(n)[:, None] // 2.0
    values[rng.random((n, 3)) < 0.03] = np.nan
    values[1] = values[0]
    facts = tuple(
        {name: Fact(float(rng.integers(1, 12)) * 1e8) for name in SIZES if rng.random() > 0.2}
        for _ in range(n)
    )
    return Board(
        "sized",
        snapshot,
        tuple(f"m{i}" for i in range(n)),
        tuple(Column(f"t{j}", f"t{j}") for j in range(3)),
        values,
        facts=facts,
    )


def keep(store: Store, *boards: Board) -> None:
    ids = write_boards(store, [board_rows(board, source="made up") for board in boards])
    for board in boards:
        write_rankings(store, rankings_of(board, ids[BoardKey(board.name, board.snapshot)]))


def test_sql_and_python_find_the_same_front(any_store: Store) -> None:
    older, newer = random_board(3, "1"), random_board(4, "2")
    keep(any_store, older, newer)
    sizes = set()
    query = sa.text(
        "SELECT model_position, size, rank FROM pareto('sized', 'per-task', :mean,"
        " fact_name := :fact, snapshot_name := :snapshot)"
    )
    asked = product(((older, "1"), (newer, "")), MEANS.items(), SIZES)
    with any_store.read() as connection:
        for (board, snapshot), (mean, p), fact in asked:
            rows = connection.execute(
                query, {"mean": mean, "fact": fact, "snapshot": snapshot}
            ).fetchall()
            front = pareto_front(board, TREATMENTS["per-task"], p, fact, resamples=1)
            contest = front.contest
            assert [tuple(row) for row in rows] == [
                (contest.positions[r.row], r.size, contest.ranks[r.row]) for r in front.rows
            ]
            sizes.add(len(rows))
    assert len(sizes) > 2, "the boards are too alike to tell anything"


@pytest.fixture(scope="module")
def kept(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of one board, written once for what only asks."""
    path = shutil.copy(empty_store, tmp_path_factory.mktemp("kept") / "store.duckdb")
    store = open_store(f"duckdb:///{path}")
    keep(store, random_board(5, "1"))
    return store


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("'sized', 'per-task', 'arithmetic', fact_name := 'licence'", "knows the sizes"),
        ("'nosuch', 'per-task', 'arithmetic'", "no leaderboard nosuch"),
        ("'sized', 'per-task', 'arithmetic', snapshot_name := '9'", "no leaderboard sized 9"),
        ("'sized', 'per-tsk', 'arithmetic'", "no ranks of sized under per-tsk"),
        ("'sized', 'per-task', 'median'", "and the mean median"),
    ],
)
def test_what_is_not_in_the_store_is_said_and_not_an_empty_answer(
    kept: Store, words: str, message: str
) -> None:
    with kept.read() as connection, pytest.raises(Exception, match=message):
        connection.exec_driver_sql(f"FROM pareto({words})").fetchall()
