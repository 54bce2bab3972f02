"""Free space, looked at before a pull rather than found missing in the middle of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from evaluators.errors import CheckpointError

MARGIN = 64_000_000  # bytes that stay free: the store and the logs lie on the same disk

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the file system that `folder` is or will be on."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_space(
    folder: Path, needed: int, *, free: FreeBytes = free_bytes, margin: int = MARGIN
) -> None:
    """Refuse to start a pull that would not fit.

    Raises:
        CheckpointError: With the bytes needed and the bytes free.
    """
    there = free(folder)
    if needed + margin > there:
        raise CheckpointError(
            f"{folder}: the pull needs {megabytes(needed)} and leaves {megabytes(margin)} free, "
            f"but only {megabytes(there)} are. Make room, for example with "
            "`rankcheck checkpoints prune --keep-days 30`."
        )


def megabytes(count: int) -> str:
    """Return bytes as text in MB (1,000,000 bytes)."""
    return f"{count / 1e6:,.1f} MB"


def bytes_below(folder: Path) -> int:
    """Return the bytes of all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
        except OSError:
            continue
    return total
