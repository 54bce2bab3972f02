"""DuckDB as tests use it: one thread, small blocks, and no signatures of its extensions.

A test run has a process for each core, so further threads only wait for one another; and checking
the signatures of the 70 MB that a lake loads takes longer than most tests of a lake. Programs
started from nothing check them (`tests/db/test_extensions.py`).

A new store has blocks of 16 KiB. DuckDB fills a block for each column of each table that a
transaction touches, and again where the file is closed: with the usual 256 KiB, writing one run of
a few scores touched 47 MB of fresh memory and took half as much processor time again.
"""

from __future__ import annotations

from typing import Any

import duckdb

from db.new_file import NEW

usual_connect = duckdb.connect

BLOCK_SIZE = 16384
"""Bytes of a block in a new store, the smallest that DuckDB allows."""


def connect(
    database: Any = ":memory:", read_only: bool = False, config: dict[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    if database == ":memory:":
        config = {"allow_unsigned_extensions": "true", **(config or {})}
    # A file can be open twice in a process only if both have the same settings.
    if str(database).endswith(NEW):  # no one else opens a store before it has its name
        config = {"default_block_size": str(BLOCK_SIZE), **(config or {})}
    connection = usual_connect(database, read_only, config or {})
    if "threads" not in (config or {}):
        connection.execute("SET threads = 1")
    return connection


def use() -> None:
    """Let this process open every database that way."""
    duckdb.connect = connect
