"""Files that are written whole or not at all, also through a crash of the machine.

For `evaluators` and `flows`. `db` may import neither, and a DuckDB file may have a log beside it
that must go with it: such files have `db.new_file`.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """Yield the name of a new file, which replaces `path` when the block ends well.

    Args:
        path: The file; its folder is made where it is missing.
        alone: Nobody else writes this file at the same time, so that the name can be the same each
            time and what a kill left is written over. Otherwise every writer has its own name.

    Raises:
        OSError: The file or its folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = "" if alone else f".{uuid.uuid4().hex[:8]}"
    new = path.with_name(f"{path.name}{mark}.tmp")
    try:
        yield new
        # Before the rename: after a crash the name could stand for a file without its content.
        _to_disk(new)
        new.replace(path)
        _to_disk(path.parent)
    finally:
        new.unlink(missing_ok=True)


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
