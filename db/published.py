"""Write published scores and other bundled facts, only if they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from db.batch import insert, new_id
from db.plain import digest, now
from db.rows import PublishedScoreRow, finite

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.store import Store


def imported_digest(store: Store, name: str) -> str | None:
    """Return the digest of the last import of `name`, or None."""
    if not store.exists():
        return None
    with store.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, arg_max(digest, imported_at) FROM fact_imports GROUP BY name"
        )
        return {str(row[0]): str(row[1]) for row in rows}.get(name)


def note_import(store: Store, name: str, digest: str) -> None:
    """Record that `name` was imported completely.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.tables import fact_imports

    store.transact(
        lambda connection: connection.execute(
            fact_imports.insert(), [{"name": name, "digest": digest, "imported_at": now()}]
        )
    )


def write_published(store: Store, collections: Mapping[str, Sequence[PublishedScoreRow]]) -> int:
    """Write the changed lists of published scores; each supersedes the whole old list.

    Returns:
        How many lists were written.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a number is not finite.
    """
    for name, rows in collections.items():
        for row in rows:
            finite(f"{row.task} of {row.model} in {name}", row.value, row.unit_max)
    digests = {
        name: digest([asdict(row) for row in rows]) for name, rows in collections.items() if rows
    }

    def changed(connection: sa.Connection) -> list[str]:
        current = _current_digests(connection)
        return [name for name, list_digest in digests.items() if current.get(name) != list_digest]

    def work(connection: sa.Connection) -> int:
        from db.tables import published_scores

        names = changed(connection)
        for name in names:
            shared = {
                "collection": name,
                "batch_id": new_id(),
                "batch_digest": digests[name],
                "imported_at": now(),
            }
            rows = [{**shared, **asdict(row)} for row in collections[name]]
            insert(connection, published_scores, rows)
        return len(names)

    if store.exists():
        with store.read() as connection:
            if not changed(connection):
                return 0
    return store.transact(work)


def _current_digests(connection: sa.Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("""
        SELECT collection, arg_max(batch_digest, (imported_at, batch_id)) AS found
        FROM published_scores GROUP BY collection
    """)
    return {row.collection: row.found for row in rows}
