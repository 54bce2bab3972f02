"""Explain full and read-only disks, with the folder and the remedy."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Messages of libraries that wrap the system's error in one of their own.
_SAYS_FULL = re.compile(r"No space left on device|Disk quota exceeded|database or disk is full")

_REMEDY = (
    "; finished jobs are stored: make room (`rankcheck checkpoints prune` helps) and run again"
)

_LITTLE = 1 << 20  # bytes; a disk with fewer is taken for the full one if an error names no file


def cannot_write(error: BaseException, folders: Iterable[Path] = ()) -> str | None:
    """Return the message for a full or read-only disk; None for any other error.

    Args:
        error: The error, whose causes are examined too.
        folders: Folders in which files are written. A failed write may not say to which file, so
            the message names those on a full disk.
    """
    folders = list(folders)
    for cause in _causes(error):
        number = cause.errno if isinstance(cause, OSError) else None
        if number == errno.EROFS:
            return (
                f"{_named(cause) or 'a folder'} lies on a read-only file system: mount it for"
                " writing, or point RANKCHECK_STORE at another folder"
            )
        if number in _FULL or (number is None and _SAYS_FULL.search(str(cause))):
            place = _named(cause) or _full(folders) or _list(_existing(folders)) or "a file"
            return f"the disk is full, {place} cannot be written{_REMEDY}"
    return None


def full_disk(folders: Iterable[Path]) -> str | None:
    """Return the message for a full disk, or None if all folders have room.

    For errors without a reason: Prefect's server answers 500 when its database cannot grow.
    """
    folders_text = _full(folders)
    return (
        f"the disk is almost full, little can be written to {folders_text}{_REMEDY}"
        if folders_text
        else None
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    ids: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in ids:
        ids.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _named(error: BaseException) -> str:
    name = getattr(error, "filename2", None) or getattr(error, "filename", None)
    return str(Path(os.fsdecode(name)).absolute().parent) if name else ""


def _full(folders: Iterable[Path]) -> str:
    return _list(path for path in _existing(folders) if shutil.disk_usage(path).free < _LITTLE)


def _existing(folders: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(nearest_existing(folder.absolute()) for folder in folders))


def _list(folders: Iterable[Path]) -> str:
    return " or ".join(map(str, folders))


def nearest_existing(folder: Path) -> Path:
    """Return the folder if it exists, else the nearest existing one above it."""
    return next(path for path in (folder, *folder.parents) if path.exists())
