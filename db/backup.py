"""Write and restore backups: one DuckDB file, whatever engine the store uses."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from db.deadline import Deadline
from db.disk import cannot_write
from db.engines.extensions import quoted
from db.engines.file import FileEngine
from db.engines.wal import logs_beside
from db.errors import StoreBusy, StoreError
from db.new_file import replacing
from db.problems import explaining

if TYPE_CHECKING:
    from db.store import Store


WAIT = 60.0


def backup(store: Store, path: Path) -> Path:
    """Write the whole store to a new file that any DuckDB client can read.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be read, or `path` exists or cannot be written.
    """
    path = Path(path).expanduser().absolute()
    if path.exists():
        raise StoreError(f"{path} exists already: choose another file for the backup")
    with store.read():
        pass  # refuses a corrupt store, and one that is not ours
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(store.engine, FileEngine):
            _copy_file(store.engine, path)
        else:
            from db.export import export

            export(store, path)
    except OSError as error:
        raise StoreError(
            f"the backup {path} cannot be written:"
            f" {cannot_write(error, [path.parent]) or error.strerror}"
        ) from error
    return path


def _copy_file(engine: FileEngine, path: Path) -> None:
    """Copy the file while no connection is open, as copying would release its lock."""
    with engine.writing(Deadline(WAIT)) as open_writer:
        with explaining(engine.place):
            connection = open_writer()
            try:
                connection.execute("CHECKPOINT")  # moves the write-ahead log into the file
            finally:
                connection.close()
        copy_whole(engine.path, path)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file under a temporary name, sync it to the disk, and rename it."""
    with replacing(target, alone=True) as new:
        shutil.copyfile(source, new)


def restore(store: Store, path: Path) -> Path | None:
    """Replace the store by a backup.

    The whole backup is read first. A DuckDB file that it replaces is kept beside it, under a name
    with the time; a DuckLake keeps its old rows in its own history.

    Returns:
        The new path of the replaced file, or of its log if the file was missing; None if there was
        neither.

    Raises:
        StoreBusy: When another process has the store open.
        StoreError: When the backup cannot be used; the store is then unchanged.
    """
    path = Path(path).expanduser().absolute()
    if isinstance(store.engine, FileEngine) and path == store.engine.path:
        raise StoreError(f"{path} is the store itself: give the path of a backup")
    _read_through(path)
    if isinstance(store.engine, FileEngine):
        return _replace(store.engine, path)
    _refill(store, path)
    return None


def _read_through(path: Path) -> None:
    """Read every row of a backup, so that damage is found before it is restored."""
    import duckdb

    from db.store import open_store
    from db.tables import metadata

    with tempfile.TemporaryDirectory(prefix="rankcheck-") as folder:
        # A link of another name, so that a backup on read-only media gets no lock file beside it.
        link = Path(folder) / "backup.duckdb"
        link.symlink_to(path)
        backup = open_store(f"duckdb:///{link}")
        backup.place = backup.engine.place = str(path)
        if not path.exists():
            raise StoreError(f"no backup exists at {path}")
        for log in logs_beside(path):
            raise StoreError(
                f"the backup {path} cannot be used: a backup must be one file, and this one has a"
                f" write-ahead log {log}; bring it into the file with RANKCHECK_STORE=duckdb:///"
                f"{path} rankcheck db upgrade, or move it away"
            )
        try:
            with backup.read() as connection:
                for table in metadata.sorted_tables:
                    connection.exec_driver_sql(
                        f"SELECT sum(hash(t)::HUGEINT) FROM {table.name} AS t"  # noqa: S608
                    )
        except StoreError as error:
            raise StoreError(f"the backup cannot be used: {error}") from error
        except duckdb.Error as error:
            raise StoreError(f"the backup {path} cannot be read: {error}") from error


def _replace(engine: FileEngine, path: Path) -> Path | None:
    with engine.writing(Deadline(WAIT)) as open_writer:
        if engine.path.exists():
            try:
                open_writer().close()
            except StoreBusy:
                raise
            except StoreError:
                pass  # a corrupt store may be replaced
        new = engine.path.with_name(f"{engine.path.name}.restoring")
        try:
            copy_whole(path, new)
            set_aside = _put_aside(engine.path)
            new.replace(engine.path)
        except OSError as error:
            raise StoreError(
                f"{engine.place} cannot be restored and was left alone:"
                f" {cannot_write(error, [engine.path.parent]) or error.strerror}"
            ) from error
        finally:
            new.unlink(missing_ok=True)
    return set_aside


def _put_aside(store: Path) -> Path | None:
    """Rename the old file and its logs, which must not be replayed into the new file."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = store.with_name(f"{store.name}.replaced-{moment}-{uuid.uuid4().hex[:4]}")
    moved = []
    if store.exists():
        os.link(store, target)
        moved.append(target)
    for log in logs_beside(store):
        moved.append(log.rename(target.with_name(target.name + log.name.removeprefix(store.name))))
    return moved[0] if moved else None


def _refill(store: Store, path: Path) -> None:
    """Replace all rows of a lake by those of the backup, in one transaction."""
    from db.store import open_store
    from db.tables import metadata

    with tempfile.TemporaryDirectory(prefix="rankcheck-") as folder:
        copy = Path(folder) / "backup.duckdb"
        copy_whole(path, copy)
        open_store(f"duckdb:///{copy}").upgrade()
        store.upgrade()
        alias = f"backup_{uuid.uuid4().hex}"
        with explaining(store.place), store.engine.writing(Deadline(WAIT)) as open_writer:
            lake = open_writer()
            try:
                lake.execute(f"ATTACH {quoted(str(copy))} AS {alias} (READ_ONLY)")
                lake.execute("BEGIN")
                for table in metadata.sorted_tables:
                    if table.name != "dictionary":
                        names = ", ".join(f'"{column.name}"' for column in table.columns)
                        lake.execute(f"DELETE FROM store.{table.name}")  # noqa: S608
                        lake.execute(
                            f"INSERT INTO store.{table.name} ({names})"  # noqa: S608
                            f" SELECT {names} FROM {alias}.main.{table.name}"
                        )
                lake.execute("COMMIT")
                lake.execute(f"DETACH {alias}")
            finally:
                lake.close()
