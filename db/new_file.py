"""Write DuckDB files atomically, even if the machine crashes.

Other files have `evaluators.atomic`, which `db` may not import.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEW = ".new"
"""How the name of a file ends that is not complete yet."""


@contextmanager
def replacing(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """Yield the name of a new file, which replaces `path` when the block ends well.

    Args:
        path: The file; its folder must exist.
        alone: Whether no other process writes this file, so that the temporary name can be constant
            and the remains of a kill are overwritten. Otherwise every writer uses its own name.

    Raises:
        OSError: The file or its folder cannot be written.
    """
    mark = "" if alone else f".{uuid.uuid4().hex[:8]}"
    new = path.with_name(f"{path.name}{mark}{NEW}")
    _remove(new)
    try:
        yield new
        # Sync before the rename: after a crash, the name could belong to a file without content.
        _to_disk(new)
        new.replace(path)
        _to_disk(path.parent)
    finally:
        _remove(new)


def _remove(new: Path) -> None:
    """Remove an unfinished file and its log, which DuckDB would replay later."""
    for file in (new, new.with_name(f"{new.name}.wal")):
        file.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
