"""A store of every released schema is upgraded: its rows stay, and it is as a new one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from db import Store, open_store
from db.health import health
from db.migrate import KNOWN, revision
from tests.db.old_stores import DERIVED, FOLDER, make

OLD = sorted(FOLDER.glob("*.sql"))
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
    WHERE NOT internal AND schema_name = 'main' ORDER BY ALL
"""


def rows_of(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    names = [name for (name,) in tables if name not in DERIVED]
    return {name: len(connection.table(name)) for name in names}


def test_there_is_a_store_of_every_schema() -> None:
    assert tuple(path.stem for path in OLD) == KNOWN


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_store_of_this_schema_is_upgraded(path: Path, tmp_path: Path, file_store: Store) -> None:
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as connection:
        left_out = make(connection, path.read_text(encoding="utf-8"))
        assert len(left_out) <= 5
        assert all(query.split()[1] in ("VIEW", "MACRO") for query in left_out), left_out
        assert revision(connection) == path.stem
        before = rows_of(connection)
    assert min(before[name] for name in ("runs", "scores", "verdicts", "leaderboard_cells")) > 0
    store = open_store(f"duckdb:///{old}")
    assert store.upgrade(rebuild=True)
    assert health(store).problems == ()
    with duckdb.connect(str(old), read_only=True) as connection:
        after = rows_of(connection)
    assert {name: after[name] for name in before} == before
    with store.read() as connection, file_store.read() as new:
        ask = connection.exec_driver_sql
        assert ask(COLUMNS).fetchall() == new.exec_driver_sql(COLUMNS).fetchall()
        # What was recorded says the same through today's views.
        best = "SELECT spearman, ci_low, pooling FROM sts_scores WHERE is_full"
        assert ask(best).fetchall() == [(0.82, 0.80, "cls")]
        ranks = (
            "SELECT model, rank FROM ranks WHERE board = 'small' AND treatment = 'per-task'"
            " AND mean = 'arithmetic' AND rank IS NOT NULL ORDER BY rank"
        )
        assert ask(ranks).fetchall() == [("people", 1), ("large", 2)]
        verdicts = "SELECT board, treatment, setting, verdict FROM verdicts ORDER BY verdict_id"
        assert ask(verdicts).fetchall() == [
            ("small", "per-task", None, "holds"),
            (None, None, "pooling=cls", "refuted"),
        ]
    assert not store.upgrade()
