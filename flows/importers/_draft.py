"""The draft of a foreign leaderboard: numbers as found, without decisions."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.averaging import Board
from flows.boards.foreign_files import read_bytes
from flows.boards.spec import BoardSpec
from flows.errors import LeaderboardError


def many(n: int, what: str) -> str:
    """Return `1 model`, `2 models`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def few(names: Iterable[str], shown: int = 5) -> str:
    """Return the first names, and `…` where there are more."""
    found = list(names)
    return f"{', '.join(found[:shown])}{' …' if len(found) > shown else ''}"


def as_dict(value: object) -> dict[Any, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_number(value: object) -> float | None:
    """Return a number, infinite if it is too large; None if the value is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


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
    """Yield files, with progress on standard error if there are many."""
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
        what = (
            "is an empty folder: give a folder with files, or a file"
            if pattern == "*"
            else f"contains no {pattern}"
        )
        raise LeaderboardError(f"{path} {what}")
    return found


ALL = "ALL"
"""In place of a model's name: every model."""


@dataclass(frozen=True)
class Asked:
    """The options of an import that all formats share.

    Attributes:
        board: Name of the board.
        snapshot: Its date.
        source: Where the numbers were read; the file's name and digest where empty.
        licence: Licence of the numbers.
        unit: What a perfect score is, None to infer it where that is unambiguous.
        spec: What the columns are, as a `board.yaml` says it.
        known: What earlier snapshots of the board say of its columns.
        new_columns: Whether columns that earlier snapshots lack are welcome.
        human: Models that are human baselines.
        repeated: Models of which each row is a submission of its own; `ALL` for every model.
        suspect: Models whose row is kept as printed and flagged.
        ignore: Columns that are left alone.
    """

    board: str
    snapshot: str
    source: str = ""
    licence: str = ""
    unit: float | None = None
    spec: BoardSpec | None = None
    known: BoardSpec | None = None
    new_columns: bool = False
    human: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftColumn:
    """A column as its format describes it; a `board.yaml` knows better."""

    name: str
    task: str
    metric: str = "score"
    split_of: str | None = None
    unit_max: float | None = None


@dataclass(frozen=True)
class DraftRow:
    """A row.

    Attributes:
        where: Its place in the file, for messages.
        model: The model.
        scores: Number by column name; an absent name is a missing score.
        submitted_by: Who submitted it.
        is_human: The file's own flag, None where the file has none.
        published: The board's own average.
        source: Where this row comes from, empty for the import's source.
        suspect: Why no score of the row should be trusted, empty where nothing is known.
        unread: Columns whose cell was refused: nothing is concluded from what is left of them.
    """

    where: str
    model: str
    scores: Mapping[str, float]
    submitted_by: str = ""
    is_human: bool | None = None
    published: float | None = None
    source: str = ""
    suspect: str = ""
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Draft:
    """What a format found.

    Attributes:
        columns: In the order they are kept.
        rows: In the file's order.
        title: Title of the board, empty where the file says none.
        notes: What was decided by a rule, each to be said aloud.
    """

    columns: Sequence[DraftColumn]
    rows: Sequence[DraftRow]
    title: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Imported:
    """A board with where it is from and what was decided on the way.

    Attributes:
        board: The board.
        source: Where the snapshot as a whole was read.
        licence: Licence of the numbers, empty where not stated.
        dated: From when the numbers are, empty where not stated.
        notes: What was decided by a rule, each to be said aloud.
    """

    board: Board
    source: str
    licence: str = ""
    dated: str = ""
    notes: tuple[str, ...] = field(default=())
