"""Open a DuckLake, the shared engine: a SQL catalog and Parquet files."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db import gate
from db.deadline import Deadline
from db.engines.engine import Opener
from db.engines.extensions import load, quoted
from db.engines.object_store import ride_out, use_endpoint
from db.errors import StoreError
from db.problems import busy, explained, explaining, is_busy

if TYPE_CHECKING:
    import duckdb

    from db.url import LakeUrl

# Loading the extensions takes a fifth of a second, so each process keeps one private DuckDB with
# the lake attached for reading and one for writing, and every connection is a cursor of it.
_Root = tuple[int, "duckdb.DuckDBPyConnection"]

_PASSWORD = "catalog_password"  # noqa: S105 - the name of DuckDB's secret, which is the password

CONFIG: dict[str, Any] = {"autoinstall_known_extensions": "false"}
"""Settings of DuckDB's instance that a lake is attached to."""

ASKING = 5.0
"""How long to ask a busy server whether there is a lake, in seconds."""


class _NoLakeError(StoreError):
    """The server answers, but the lake does not exist yet."""


class LakeEngine:
    """A DuckLake.

    Several machines may write at once. On a SQLite catalog, which is a local file, our writers
    also use a gate, so that those of one machine queue instead of losing races.
    """

    all_comments = False
    retries = True

    def __init__(self, url: LakeUrl) -> None:
        self._url = url
        self._catalog = Path(url.address) if url.catalog == "sqlite" else None
        self.place = url.place
        self._roots: dict[bool, _Root] = {}
        self._lock = threading.Lock()

    @property
    def export_path(self) -> Path:
        """Path of the DuckDB file that untrusted queries read instead of the lake."""
        if self._catalog is not None:
            return self._catalog.with_name(f"{self._catalog.name}.export.duckdb")
        data = self._url.data_path
        folder = Path(data).parent if data and "://" not in data else Path("var").absolute()
        self._make_folder(folder)
        # Several lakes may have their files side by side.
        lake = hashlib.sha256(f"{self.place}\n{data}".encode()).hexdigest()[:12]
        return folder / f"lake-{lake}.export.duckdb"

    def exists(self) -> bool:
        """Return whether the catalog exists; queries the server if it is PostgreSQL.

        Raises:
            StoreError: When the server cannot be reached.
        """
        if self._catalog is not None:
            # A catalog whose creation failed, on a full disk or after a kill, is empty.
            return self._catalog.exists() and self._catalog.stat().st_size > 0
        try:
            self.open_reader(Deadline(ASKING)).close()
        except _NoLakeError:
            return False
        return True

    def open_reader(self, deadline: Deadline) -> duckdb.DuckDBPyConnection:
        """Open a cursor on the lake attached read-only."""
        return self._cursor(deadline, read_only=True)

    @contextmanager
    def writing(self, deadline: Deadline) -> Iterator[Opener]:
        """Lock out other writers on this machine; other conflicts are retried."""
        if self._catalog is None:
            yield lambda: self._cursor(deadline, read_only=False)
            return
        self._make_folder(self._catalog.parent)
        with gate.exclusive(self._catalog, deadline):
            yield lambda: self._cursor(deadline, read_only=False)

    @contextmanager
    def creating(self, deadline: Deadline) -> Iterator[Opener]:
        """Do the same as `writing`; the tables appear in one transaction of the catalog."""
        with self.writing(deadline) as open_writer:
            yield open_writer

    def freshness(self) -> str:
        """Return the state of the catalog's files, or the last snapshot's number."""
        if self._catalog is not None:
            marks = []
            for suffix in ("", "-wal", "-journal"):
                path = self._catalog.with_name(self._catalog.name + suffix)
                try:
                    status = path.stat()
                    marks.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
                except FileNotFoundError:
                    marks.append("-")
            return "/".join(marks)
        return self.snapshot(Deadline(ASKING))

    def snapshot(self, deadline: Deadline) -> str:
        """Return the identity of the lake's last snapshot; see `last_snapshot`."""
        with explaining(self.place):
            connection = self.open_reader(deadline)
            try:
                return last_snapshot(connection)
            finally:
                connection.close()

    def close(self) -> None:
        """Detach the lake."""
        with self._lock:
            for _, root in self._roots.values():
                root.close()
            self._roots.clear()

    def _cursor(self, deadline: Deadline, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        while True:
            try:
                if read_only:
                    self._roll_back_killed()
                cursor = self._root(read_only=read_only).cursor()
                cursor.execute("USE store")
                return cursor
            except duckdb.Error as error:
                if "creating a new DuckLake is explicitly disabled" in str(error):
                    raise _NoLakeError(f"no store exists at {self.place} yet") from error
                if not is_busy(error):
                    raise explained(self.place, error) or error from error
                if not deadline.wait():
                    raise busy(self.place, error, deadline) from error

    def _roll_back_killed(self) -> None:
        """Roll back what a writer had begun on a SQLite catalog when it was killed.

        SQLite's next writer does so by itself, but a connection that may only read is refused.
        """
        import duckdb

        if self._catalog is None or not Path(f"{self._catalog}-journal").exists():
            return
        # With DuckDB's SQLite: a file that Python's closes loses all locks of this process.
        with duckdb.connect(config=CONFIG) as connection:
            load(connection, "sqlite_scanner")
            connection.execute(f"ATTACH {quoted(str(self._catalog))} AS catalog (TYPE sqlite)")
            connection.execute("SHOW TABLES FROM catalog")  # any read does it

    def _root(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        with self._lock:
            existing = self._roots.get(read_only)
            # A forked child must not share its parent's connections.
            if existing is None or existing[0] != os.getpid():
                existing = (os.getpid(), self._attach(read_only=read_only))
                self._roots[read_only] = existing
            return existing[1]

    def _attach(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        root = duckdb.connect(config=CONFIG)
        try:
            scanner = {"sqlite": "sqlite_scanner", "postgres": "postgres_scanner"}
            load(root, scanner[self._url.catalog])
            load(root, "ducklake")
            if self._url.data_path and "://" in self._url.data_path:
                load(root, "httpfs")
                ride_out(root)
                use_endpoint(root)
            options = ["READ_ONLY"] if read_only else []
            if self._url.password is not None:
                # In the connection string, DuckDB would show it in errors and in the list of
                # databases; it never shows a secret.
                secret = f"TYPE postgres, PASSWORD {quoted(self._url.password)}"
                root.execute(f"CREATE SECRET {_PASSWORD} ({secret})")
                options.append(f"META_SECRET {_PASSWORD}")
            if self._url.data_path and not read_only:
                if "://" not in self._url.data_path:
                    self._make_folder(Path(self._url.data_path))
                options.append(f"DATA_PATH {quoted(self._url.data_path + '/')}")
            lake = quoted(f"ducklake:{self._url.catalog}:{self._url.address}")
            root.execute(
                f"ATTACH {lake} AS store" + (f" ({', '.join(options)})" if options else "")
            )
        except BaseException:
            root.close()
            raise
        return root

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the folder {folder} cannot be created: {error.strerror}; create it, or point"
                " RANKCHECK_STORE elsewhere"
            ) from error


def last_snapshot(lake: duckdb.DuckDBPyConnection) -> str:
    """Return number and time of the last snapshot; a recreated lake restarts at 0."""
    row = lake.execute("FROM ducklake_current_snapshot('store')").fetchone()
    number = -1 if row is None else int(row[0])
    # Query by number, because the list of all snapshots is long. SQLite stores the time as text.
    snapshots = "__ducklake_metadata_store.ducklake_snapshot"
    query = f"SELECT snapshot_time::TIMESTAMPTZ FROM {snapshots} WHERE snapshot_id = {number}"  # noqa: S608
    moment = lake.execute(f"SELECT epoch_us(({query}))").fetchone()
    return f"{number}@{moment[0] if moment else ''}"
