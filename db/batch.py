"""Insert rows in chunks, and create their ids."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

_CHUNK = 100_000
_FEW = 500
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
    if len(rows) <= _FEW:
        if rows:
            connection.execute(table.insert(), list(rows))
        return
    import pyarrow as pa
    from duckdb_sqlalchemy.bulk import insert_from_arrow

    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        columns = {name: [row[name] for row in chunk] for name in chunk[0]}
        insert_from_arrow(connection, table, pa.table(columns))
