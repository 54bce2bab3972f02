"""Write files and folders completely or not at all, files even if the machine crashes.

For `evaluators` and `flows`. `db` may import neither; a DuckDB file may have a log file that must
be moved with it, so `db` has `db.new_file`.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """Yield the name of a new file, which replaces `path` if the block succeeds.

    Args:
        path: The file; a missing folder is created.
        alone: Whether there is only one writer, so that the temporary name can always be the same
            and a leftover of a killed process is overwritten. Otherwise every writer has its own.

    Raises:
        OSError: The file or its folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = "" if alone else f".{uuid.uuid4().hex[:8]}"
    new = path.with_name(f"{path.name}{mark}.tmp")
    try:
        yield new
        # Sync before the rename, or after a crash the name might refer to a file without content.
        _to_disk(new)
        new.replace(path)
        _to_disk(path.parent)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder, which becomes `path` if the block succeeds, and is removed if not.

    Args:
        path: The folder; it must not exist, or be empty.

    Raises:
        OSError: The folder cannot be written, or `path` is not empty.
    """
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    new.mkdir(parents=True)
    try:
        yield new
        if path.exists():
            path.rmdir()
        new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder, which takes the place of `path` and all in it if the block succeeds.

    Args:
        path: The folder; the caller has made sure that what is in it may go.

    Raises:
        OSError: The folder cannot be written.
    """
    old = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.old")
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    new.mkdir(parents=True)
    try:
        yield new
        if path.exists():
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file that only its owner can read.

    Raises:
        OSError: The file or its folder cannot be written.
    """
    text = json.dumps(value, indent=1)
    with replacing(path) as new:
        new.touch(0o600, exist_ok=False)
        new.write_text(text, encoding="utf-8")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
