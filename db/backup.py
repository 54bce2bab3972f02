"""Backups: one DuckDB file, whatever engine the store lives on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from db.disk import cannot_write
from db.engines.file import FileEngine
from db.errors import StoreError
from db.new_file import replacing
from db.patience import Patience
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
        raise StoreError(f"{path} exists already: name another file for the backup")
    with store.read():
        pass  # Refuses what is no store of ours, or corrupt.
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
    """Copy the file while no connection is open; one to it would lose its lock by the copying."""
    with engine.writing(Patience(WAIT)) as open_writer:
        with explaining(engine.place):
            connection = open_writer()
            try:
                connection.execute("CHECKPOINT")  # The write-ahead log is in the file now.
            finally:
                connection.close()
        copy_whole(engine.path, path)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file under a temporary name, force it to the disk, and rename it."""
    with replacing(target, alone=True) as new:
        shutil.copyfile(source, new)
