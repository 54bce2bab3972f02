"""Remembers which facts were written, so that unchanged ones need not be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.plain import now

if TYPE_CHECKING:
    from db.store import Store


def imported_digest(store: Store, name: str) -> str | None:
    """Return the digest of the last import of `name`, or None where there was none."""
    if not store.exists():
        return None
    with store.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, arg_max(digest, imported_at) FROM fact_imports GROUP BY name"
        )
        return {str(row[0]): str(row[1]) for row in rows}.get(name)


def note_import(store: Store, name: str, digest: str) -> None:
    """Write that `name` was imported whole.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.tables import fact_imports

    store.transact(
        lambda connection: connection.execute(
            fact_imports.insert(), [{"name": name, "digest": digest, "imported_at": now()}]
        )
    )
