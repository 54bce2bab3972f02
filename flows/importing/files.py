"""What an import was read from, said without the place on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.board_lines import read_bytes
from flows.errors import LeaderboardError

_MANY = 1_000


def named(paths: Sequence[Path], root: Path) -> str:
    """Return the name of a file or folder with the digest of what was read of it.

    Args:
        paths: The files that were read.
        root: What was given: the file itself, or the folder they are in.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        name = path.name if path == root else path.relative_to(root).as_posix()
        digest.update(f"{name}\0".encode() + hashlib.sha256(read_bytes(path)).digest())
    count = "" if len(paths) == 1 else f"{len(paths)} files, "
    return f"{root.resolve().name} ({count}SHA-256 {digest.hexdigest()[:12]})"


def each(files: Sequence[Path], what: str) -> Iterator[Path]:
    """Yield files, with progress on standard error where there are so many that it takes long."""
    if len(files) < _MANY:
        yield from files
        return
    from flows.progress import show_progress

    with show_progress() as progress:
        for done, file in enumerate(files, start=1):
            yield file
            progress(what, done, len(files))


def files_of(path: Path, pattern: str) -> list[Path]:
    """Return a file itself, or the files of a folder and its folders that match, sorted.

    Raises:
        LeaderboardError: If there is nothing at the path, or nothing that matches.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise LeaderboardError(f"{path} does not exist")
    found = sorted(file for file in path.rglob(pattern) if file.is_file())
    if not found:
        what = "is an empty folder: give a file" if pattern == "*" else f"holds no {pattern}"
        raise LeaderboardError(f"{path} {what}")
    return found
