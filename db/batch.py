"""Insert rows in chunks, and create their ids."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

ROW_GROUP = 122_880
"""Rows of one of DuckDB's row groups, each of which one thread reads."""
FEW = 500
"""Up to this many rows are inserted as parameters; more use Arrow, whose import is slow."""


def new_id() -> str:
    """Return a new UUID; identities are created by the writer, never by the store."""
    return uuid.uuid4().hex


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, if any, in chunks that limit the memory.

    Args:
        connection: With an open transaction.
        table: The table.
        rows: Dicts with the same keys and plain values that fit the columns.
    """
    if len(rows) <= FEW:
        if rows:
            connection.execute(table.insert(), list(rows))
        return
    for _ in insert_chunks(connection, table, rows):
        pass


def insert_chunks(
    connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]
) -> Iterator[pa.Table]:
    """Insert many rows through Arrow; yield each chunk once it is inserted."""
    from concurrent.futures import ThreadPoolExecutor

    from duckdb_sqlalchemy.bulk import insert_from_arrow

    chunks = [rows[start : start + ROW_GROUP] for start in range(0, len(rows), ROW_GROUP)]
    # DuckDB lets Python go on while it inserts: the next chunk is made ready meanwhile.
    with ThreadPoolExecutor(1) as ahead:
        ready = ahead.submit(_as_columns, chunks[0])
        for following in (*chunks[1:], None):
            columns = ready.result()
            if following is not None:
                ready = ahead.submit(_as_columns, following)
            insert_from_arrow(connection, table, columns)
            yield columns


def _as_columns(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: [row[name] for row in rows] for name in rows[0]})
