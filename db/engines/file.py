"""Open a DuckDB file behind its gate, as the embedded engine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from db import gate
from db.disk import cannot_write
from db.engines import wal
from db.engines.engine import Opener
from db.engines.wal import logs_beside, validate_log
from db.errors import StoreError
from db.new_file import replacing
from db.problems import busy, corrupt_log, explained, is_busy

if TYPE_CHECKING:
    import duckdb

    from db.deadline import Deadline


class FileEngine:
    """A DuckDB file. Every connection lasts for one query or one transaction.

    Connections have no configuration of their own: DuckDB requires that all connections of a
    process to one file agree on it, and so a plain `duckdb.connect` beside ours keeps working.
    """

    all_comments = True
    retries = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)
        self._writer = threading.local()

    def exists(self) -> bool:
        """Return whether the file exists."""
        return self.path.exists()

    def open_reader(self, deadline: Deadline) -> duckdb.DuckDBPyConnection:
        """Open read-only, after any earlier writer."""
        self._validate_not_nested()
        with gate.shared(self.path, deadline):
            connection = self._open(self.path, deadline, read_only=True)
        # Most questions are short: on two cores, DuckDB's threads cost them a third more processor
        # time, and no question of a page was answered sooner.
        connection.execute("SET threads = 1")
        return connection

    @contextmanager
    def writing(self, deadline: Deadline) -> Iterator[Opener]:
        """Hold the gate alone, so that no other rankcheck connection is open."""
        self._validate_not_nested()
        self._make_folder()
        with gate.exclusive(self.path, deadline):
            self._writer.active = True
            try:
                yield lambda: self._open(self.path, deadline, read_only=False)
            finally:
                self._writer.active = False

    @contextmanager
    def creating(self, deadline: Deadline) -> Iterator[Opener]:
        """Create the file under another name, so that a kill leaves no partial store."""
        with self.writing(deadline):
            if self.path.exists():  # another process created it while we waited for the gate
                yield lambda: self._open(self.path, deadline, read_only=False)
                return
            self._validate_no_orphan_log()
            with replacing(self.path, alone=True) as new:
                yield lambda: self._open(new, deadline, read_only=False)

    def freshness(self) -> str:
        """Return time, size and inode of the file and of its write-ahead log."""
        marks = []
        for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
            try:
                status = path.stat()
                marks.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
            except FileNotFoundError:
                marks.append("-")
        return "/".join(marks)

    def close(self) -> None:
        """Do nothing: no connection is kept open."""

    def _open(
        self, path: Path, deadline: Deadline, *, read_only: bool
    ) -> duckdb.DuckDBPyConnection:
        import duckdb

        while True:
            cut_off = validate_log(path, self.place)
            copies = [None if read_only else wal.keep(log) for log in cut_off]
            try:
                connection = duckdb.connect(str(path), read_only=read_only)
                break
            except duckdb.Error as error:
                for copy in copies:
                    if copy:
                        copy.unlink(missing_ok=True)
                # Of any kind: the log of another file may create a table that exists.
                if "replaying WAL" in str(error):
                    raise corrupt_log(self.place, path.with_name(f"{path.name}.wal")) from error
                # Other clients do not use the gate, and other threads of this process may read.
                if not is_busy(error):
                    raise explained(self.place, error) or error from error
                if not deadline.wait():
                    raise busy(self.place, error, deadline) from error
        for log, copy in zip(cut_off, copies, strict=True):
            wal.report(log, copy)
        # DuckDB also opens SQLite and other files if it has the extension.
        kind = connection.execute(
            "SELECT type FROM duckdb_databases() WHERE database_name = current_database()"
        ).fetchone()
        if kind != ("duckdb",):
            connection.close()
            raise StoreError(
                f"{self.place} is not a DuckDB file: set RANKCHECK_STORE to another path"
            )
        return connection

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                cannot_write(error)
                or f"the folder {self.path.parent} cannot be created: {error.strerror}; create"
                " it, or"
                " point RANKCHECK_STORE elsewhere"
            ) from error
        if not os.access(self.path.parent, os.W_OK):
            raise StoreError(
                f"{self.place} cannot be written: the folder {self.path.parent} is read-only; make"
                " it writable, or point RANKCHECK_STORE elsewhere"
            )

    def _validate_no_orphan_log(self) -> None:
        """Validate that no write-ahead log of a missing store exists."""
        for log in logs_beside(self.path):
            raise StoreError(
                f"{self.place} cannot be created: it is missing, but its write-ahead log {log} is"
                " there and may hold what was committed last; put the store back beside it, or"
                " move the .wal file away"
            )

    def _validate_not_nested(self) -> None:
        if getattr(self._writer, "active", False):
            raise StoreError(
                f"{self.place} is being written by this thread: end the write first, or use"
                " its connection"
            )
