"""Use SQLAlchemy on a DuckDB connection that is already open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

_slot = threading.local()


@contextmanager
def connected(raw: duckdb.DuckDBPyConnection) -> Iterator[sa.Connection]:
    """Wrap an open DuckDB connection in SQLAlchemy's, and close both at the end."""
    try:
        _slot.raw = raw
        with _engine().connect() as connection:
            yield connection
    finally:
        raw.close()


@cache
def _engine() -> sa.Engine:
    """Return the shared engine, which caches statements and opens no connection."""
    import sqlalchemy as sa
    from duckdb_sqlalchemy import ConnectionWrapper
    from sqlalchemy.pool import NullPool

    def take() -> Any:
        return ConnectionWrapper(_slot.raw)

    return sa.create_engine("duckdb://", creator=take, poolclass=NullPool)
