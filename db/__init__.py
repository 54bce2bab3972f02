"""The store: its tables, migrations, views, SQL macros and how to open it.

The import is light; SQLAlchemy and DuckDB are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from db.errors import QueryError, StoreBusy, StoreError
    from db.record import FinishedRun, finished
    from db.sandbox import QueryResult, run_query
    from db.store import Store, open_store

_FROM = {
    "FinishedRun": "db.record",
    "QueryError": "db.errors",
    "QueryResult": "db.sandbox",
    "Store": "db.store",
    "StoreBusy": "db.errors",
    "StoreError": "db.errors",
    "finished": "db.record",
    "open_store": "db.store",
    "run_query": "db.sandbox",
}

__all__ = [
    "FinishedRun",
    "QueryError",
    "QueryResult",
    "Store",
    "StoreBusy",
    "StoreError",
    "finished",
    "open_store",
    "run_query",
]


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FROM[name]), name)
