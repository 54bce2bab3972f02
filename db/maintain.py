"""Keep a store small and fast: merge small files, and forget old history.

Every commit on a DuckLake adds files, or rows in its catalog, and a snapshot. Nothing of that is
removed by itself, so that queries open more and more files.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from db.deadline import Deadline
from db.engines.file import FileEngine
from db.problems import explaining
from db.store import WRITE_WAIT

if TYPE_CHECKING:
    import duckdb

    from db.store import Store

KEEP_DAYS = 30.0
"""How long the history of a lake is kept, in days."""

_UNREAD = timedelta(days=1)
"""How long replaced files stay: a reader that began before may still open them."""

_STATE = """
    SELECT (SELECT count(*) FROM ducklake_snapshots('store')),
        (SELECT sum(file_count) FROM ducklake_table_info('store')),
        (SELECT sum(file_size_bytes) FROM ducklake_table_info('store'))
"""


class LakeState(NamedTuple):
    """What a lake consists of.

    Attributes:
        snapshots: States of its history that can be read.
        files: Parquet files that the newest state reads.
        bytes: Their bytes.
    """

    snapshots: int
    files: int
    bytes: int


class Maintained(NamedTuple):
    """What maintenance changed; both states are None for a DuckDB file.

    Attributes:
        before: The lake before.
        after: The lake afterwards.
        removed: Files that were deleted because nothing reads them any more.
    """

    before: LakeState | None
    after: LakeState | None
    removed: int


def maintain(
    store: Store, *, keep_days: float = KEEP_DAYS, now: datetime | None = None
) -> Maintained:
    """Merge what many small commits left, while others keep using the store.

    A DuckDB file's write-ahead log is merged into the file. In a lake, rows that are kept in the
    catalog are written to files, small files are merged, states older than `keep_days` are
    forgotten, and files that nothing has read for a day are deleted. No current row changes.

    Args:
        store: The store.
        keep_days: How long the history of a lake is kept, in days.
        now: The time from which days are counted; by default the clock's.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    with store.read():
        pass  # refuses a corrupt store, and one that is not ours
    return _maintain(store, keep_days, now)


def before_migration(store: Store) -> None:
    """Maintain a store that another revision is about to change, which reads every small file.

    Args:
        store: A store of an older schema, which `maintain` would refuse.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    _maintain(store, KEEP_DAYS, None)


def _maintain(store: Store, keep_days: float, now: datetime | None) -> Maintained:
    with explaining(store.place), store.engine.writing(Deadline(WRITE_WAIT)) as open_writer:
        connection = open_writer()
        try:
            if isinstance(store.engine, FileEngine):
                connection.execute("CHECKPOINT")
                return Maintained(None, None, 0)
            return _maintain_lake(connection, keep_days, now or datetime.now(UTC))
        finally:
            connection.close()


def _maintain_lake(lake: duckdb.DuckDBPyConnection, keep_days: float, now: datetime) -> Maintained:
    def call(procedure: str, **moments: datetime) -> int:
        named = "".join(f", {name} => TIMESTAMPTZ '{at}'" for name, at in moments.items())
        return len(lake.execute(f"CALL {procedure}('store'{named})").fetchall())

    before = _state(lake)
    call("ducklake_flush_inlined_data")
    call("ducklake_expire_snapshots", older_than=now - timedelta(days=keep_days))
    call("ducklake_merge_adjacent_files")
    removed = call("ducklake_cleanup_old_files", older_than=now - _UNREAD)
    # What a killed writer wrote and never committed.
    removed += call("ducklake_delete_orphaned_files", older_than=now - _UNREAD)
    return Maintained(before, _state(lake), removed)


def _state(lake: duckdb.DuckDBPyConnection) -> LakeState:
    row = lake.execute(_STATE).fetchone() or (0, 0, 0)
    return LakeState(*(int(value or 0) for value in row))
