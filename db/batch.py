"""Writing what has versions: lists that are written whole, and only where they changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

_CHUNK = 20_000


def new_id() -> str:
    """Return a UUID: identities are made by the writer, never by the store."""
    return uuid.uuid4().hex


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, none at all included, in chunks that bound the memory."""
    for start in range(0, len(rows), _CHUNK):
        connection.execute(table.insert(), rows[start : start + _CHUNK])
