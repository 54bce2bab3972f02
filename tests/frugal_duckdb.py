"""DuckDB as tests use it: with one thread, and without the signatures of its extensions.

A test run has a process for each core, so further threads only wait for one another; and checking
the signatures of the 70 MB that a lake loads takes longer than most tests of a lake. Programs
started from nothing check them (`tests/db/test_extensions.py`).
"""

from __future__ import annotations

from typing import Any

import duckdb

usual_connect = duckdb.connect


def connect(
    database: Any = ":memory:", read_only: bool = False, config: dict[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    if database == ":memory:":
        config = {"allow_unsigned_extensions": "true", **(config or {})}
    # A file can be open twice in a process only if both have the same settings.
    connection = usual_connect(database, read_only, config or {})
    if "threads" not in (config or {}):
        connection.execute("SET threads = 1")
    return connection


def use() -> None:
    """Let this process open every database that way."""
    duckdb.connect = connect
