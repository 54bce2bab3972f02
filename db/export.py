"""Copy a DuckLake into one DuckDB file, for untrusted queries and backups."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.connect import connected
from db.deadline import Deadline
from db.engines.extensions import quoted
from db.errors import StoreError
from db.new_file import replacing

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

    from db.engines.lake import LakeEngine
    from db.store import Store

MAX_AGE = 60.0
"""An export younger than this answers queries even if the lake has moved on, in seconds."""

_MARK = "lake snapshot"


class Export(NamedTuple):
    """A DuckDB file exported from a lake, and the time of the export."""

    path: Path
    as_of: datetime


def fresh_export(store: Store, *, max_age: float | None = None) -> Export:
    """Return an export of the lake's last snapshot, creating it if none is fresh.

    It is written under a temporary name and renamed, so that readers of the old one are unaffected.

    Raises:
        StoreError: When the lake cannot be read or the export not written.
    """
    engine = _lake(store)
    path = engine.export_path
    mark = _read_mark(path)
    as_of = datetime.now(UTC)
    if mark is not None:
        snapshot, exported_at = mark
        age = (as_of - exported_at).total_seconds()
        if 0 <= age < (MAX_AGE if max_age is None else max_age) or snapshot == engine.snapshot(
            Deadline(15)
        ):
            return Export(path, exported_at)
    export(store, path, as_of=as_of)
    return Export(path, as_of)


def export(store: Store, path: Path, *, as_of: datetime | None = None) -> None:
    """Copy a lake's last snapshot into a new DuckDB file that replaces `path`."""
    as_of = as_of or datetime.now(UTC)
    from db.dictionary import write_derived
    from db.migrate import migrate
    from db.problems import explaining

    engine = _lake(store)
    # Not `alone`: several dashboards may export at once.
    with replacing(path) as new:
        with _writing(new) as connection:
            migrate(connection)
        with explaining(store.place):
            lake = engine.open_reader(Deadline(15))
            try:
                snapshot = _copy(lake, new)
            finally:
                lake.close()
        with _writing(new) as connection:
            write_derived(connection, all_comments=True)
            mark = f"{snapshot} {as_of.isoformat()}"
            connection.exec_driver_sql(
                "INSERT INTO dictionary VALUES ($1, '', 'digest', $2)", (_MARK, mark)
            )


@contextmanager
def _writing(path: Path) -> Iterator[sa.Connection]:
    """Open one transaction on a file that no other process uses yet."""
    import duckdb

    from db.problems import explaining

    with (
        explaining(str(path)),
        connected(duckdb.connect(str(path))) as connection,
        connection.begin(),
    ):
        yield connection


def _copy(lake: duckdb.DuckDBPyConnection, new: Path) -> str:
    """Copy every table in one consistent transaction, and return the snapshot."""
    import duckdb

    from db.engines.lake import last_snapshot
    from db.tables import metadata

    alias = f"export_{uuid.uuid4().hex}"
    lake.execute(f"ATTACH {quoted(str(new))} AS {alias}")
    try:
        lake.execute("BEGIN")
        snapshot = last_snapshot(lake)
        for table in metadata.sorted_tables:
            if table.name != "dictionary":
                names = ", ".join(f'"{column.name}"' for column in table.columns)
                lake.execute(
                    f"INSERT INTO {alias}.main.{table.name} ({names})"  # noqa: S608 - our names
                    f" SELECT {names} FROM store.{table.name}"
                )
        lake.execute("COMMIT")
        return snapshot
    except duckdb.Error:
        # Else DETACH would fail, and its error hide this one.
        with suppress(duckdb.Error):
            lake.execute("ROLLBACK")
        raise
    finally:
        lake.execute(f"DETACH {alias}")


def _read_mark(path: Path) -> tuple[str, datetime] | None:
    """Return snapshot and time of an export, or None without a usable one."""
    import duckdb

    from db.dictionary import DIGEST_OF, derived_digest

    if not path.exists():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute(
                "SELECT object, text FROM dictionary WHERE kind = 'digest'"
            ).fetchall()
    except duckdb.Error:
        return None
    marks = dict(rows)
    if marks.get(DIGEST_OF) != derived_digest() or _MARK not in marks:
        return None
    snapshot, _, made = marks[_MARK].partition(" ")
    return snapshot, datetime.fromisoformat(made)


def _lake(store: Store) -> LakeEngine:
    from db.engines.lake import LakeEngine

    if not isinstance(store.engine, LakeEngine):
        raise StoreError(f"{store.place} is already a DuckDB file")
    return store.engine
