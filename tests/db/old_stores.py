"""Write the store of a released schema as SQL, for `test_old_stores.py` to upgrade.

    python -m tests.db.old_stores [STORE]

writes `old_stores/<revision>.sql` for the schema of this code, and is run when that is released;
an existing file is never replaced. STORE is an empty store of another schema: those of 0001 to 0008
were made by the last commits that had them, with the views and macros of their time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from db import Store, open_store
from db.claims import write_verdicts
from db.leaderboards import write_ranked_board
from db.migrate import revision
from db.record import record, write_night, write_prompt_choices
from db.rows import ClaimRow, NightRow, PromptChoiceRow, ScoreRow, SystemRow, VerdictRow
from evaluators.averaging import Board, Column
from tests.db.sample_rows import CHECKPOINT, CURVES, DATASET, SCORES, make_run

FOLDER = Path(__file__).parent / "old_stores"
DERIVED = ("dictionary", "alembic_version")
"""Tables that an upgrade writes anew."""


def fill(store: Store) -> None:
    """Put rows of every kind into a store, by the code that writes them for real."""
    from flows.boards.leaderboards import rankings_of
    from flows.boards.stored import board_rows

    system = SystemRow("env-1", {"torch": "2.13.0"}, {"cores": "2"}, {"gpu": "H100"}, "host-1")
    inputs = {"system": system, "checkpoint": CHECKPOINT, "dataset": DATASET}
    record(store, make_run("a" * 64, parameters={"pooling": "cls"}), SCORES, CURVES, **inputs)
    record(store, make_run("a" * 64, 1, parameters={"pooling": "cls"}), SCORES, **inputs)
    record(
        store, make_run("b" * 64, evaluator="clue", task="tnews"), [ScoreRow("accuracy", 0.5, 9)]
    )
    failed = {"status": "failed", "error_type": "DatasetError", "error_text": "row 17: no score"}
    record(store, make_run("c" * 64, **failed), **inputs)
    moment = datetime(2026, 11, 20, 2, tzinfo=UTC)
    write_night(store, NightRow("night", "nightly", moment, moment, 3, 0, 0, 7, 1, 2))
    choice = PromptChoiceRow("digest-of-mini", "mini", "STSBenchmark", "declared", "query: ")
    write_prompt_choices(store, [choice])
    columns = (Column("RTE", "RTE"), Column("BoolQ", "BoolQ"))
    values = np.array([[90.5, 88.0], [71.0, np.nan], [85.0, 86.5]])
    human = (True, False, False)
    board = Board("small", "2026", ("people", "mini", "large"), columns, values, human)
    write_ranked_board(store, board_rows(board), rankings_of(board, ""))
    claim = ClaimRow("humans-first", "Humans are first.", "a paper", "rank 1")
    verdicts = [
        VerdictRow("v1", "humans-first", moment, "holds", board="small", treatment="per-task"),
        VerdictRow("v2", "humans-first", moment, "refuted", setting="pooling=cls"),
    ]
    write_verdicts(store, verdicts, [claim])


def statements(path: Path) -> Iterator[str]:
    """Yield the statements that make a store again: tables, rows, views, macros."""
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(str(path), read_only=True) as store,
    ):
        store.execute(f"EXPORT DATABASE '{folder}'")
        schema = (Path(folder) / "schema.sql").read_text(encoding="utf-8")
        for statement in duckdb.extract_statements(schema):
            text = statement.query.strip()
            if not text.startswith("COMMENT") and not text.startswith("CREATE SCHEMA"):
                yield text.rstrip(";")
        for (table,) in store.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            where = " WHERE kind = 'digest'" if table == "dictionary" else ""
            rows = store.execute(f'FROM "{table}"{where} ORDER BY ALL')
            for row in rows.fetchall():
                values = ", ".join(map(literal, row))
                yield f'INSERT INTO "{table}" VALUES ({values})'  # noqa: S608


def make(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """Run the statements of a file, and return those that DuckDB does not read again.

    Macros stand by name, before others that they call. DuckDB writes a few views anew in words that
    it then refuses (a lateral join becomes one that is not supported).
    """
    left = [statement.query for statement in duckdb.extract_statements(text)]
    while True:
        postponed = []
        for query in left:
            try:
                connection.execute(query)
            except (duckdb.CatalogException, duckdb.NotImplementedException):
                postponed.append(query)
        if len(postponed) == len(left):
            return left
        left = postponed


def literal(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def write(empty: Path | None) -> Path:
    """Fill a store and write its file; return its path."""
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / "new.duckdb"
        store = open_store(f"duckdb:///{new}")
        fill(store)
        chosen = empty or new
        with duckdb.connect(str(chosen)) as connection:
            name = str(revision(connection))
            if empty is not None:
                _copy(connection, new)
        path = FOLDER / f"{name}.sql"
        if path.exists():
            raise SystemExit(f"{path} exists: a released schema does not change")
        FOLDER.mkdir(exist_ok=True)
        text = ";\n".join(statements(chosen))
        path.write_text(f"-- The store of schema {name}; see ../old_stores.py.\n{text};\n", "utf-8")
    return path


def _copy(older: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Copy the columns that an older store has too."""
    older.execute(f"ATTACH '{new}' AS new (READ_ONLY)")
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name {} 'new'"
    current = set(older.execute(columns.format("=")).fetchall())
    tables: dict[str, list[str]] = {}
    found = older.execute(columns.format("<>")).fetchall()
    tables_of = "SELECT table_name FROM duckdb_tables() WHERE database_name <> 'new'"
    own = {name for (name,) in older.execute(tables_of).fetchall()} - set(DERIVED)
    for table, column in found:
        if table in own:
            assert (table, column) in current, f"{table}.{column} is gone: say what became of it"
            tables.setdefault(table, []).append(column)
    for table, names in tables.items():
        chosen = ", ".join(f'"{name}"' for name in names)
        if table == "verdicts" and "setting" not in names:  # where it was kept until 0005
            chosen = chosen.replace('"treatment"', "coalesce(setting, treatment) AS treatment")
        older.execute(f'INSERT INTO "{table}" BY NAME SELECT {chosen} FROM new."{table}"')  # noqa: S608


if __name__ == "__main__":
    print(write(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
