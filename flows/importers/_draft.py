"""The draft of a foreign leaderboard: numbers as found, without decisions."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from evaluators.averaging import Board
from flows.boards.foreign_files import SPECIAL, Problems, is_special, read_bytes
from flows.boards.spec import BoardSpec
from flows.errors import LeaderboardError


def many(n: int, noun: str) -> str:
    """Return a number and its noun, such as `1 model` or `2 models`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def few(names: Iterable[str], limit: int = 5) -> str:
    """Join the first names with commas, and add `…` if there are more."""
    listed = list(names)
    return f"{', '.join(listed[:limit])}{' …' if len(listed) > limit else ''}"


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
    """Return the name of a file or folder with the digest of the files read.

    Args:
        paths: The files that were read.
        root: The imported path: the file itself, or the folder that the files are in.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        name = path.name if path == root else path.relative_to(root).as_posix()
        digest.update(f"{name}\0".encode() + hashlib.sha256(read_bytes(path)).digest())
    count = "" if len(paths) == 1 else f"{len(paths)} files, "
    return f"{root.resolve().name} ({count}SHA-256 {digest.hexdigest()[:12]})"


def each(files: Sequence[Path], label: str) -> Iterator[Path]:
    """Yield files, and show progress on standard error if there are many."""
    if len(files) < _MANY:
        yield from files
        return
    from flows.progress import show_progress

    with show_progress() as progress:
        for done, file in enumerate(files, start=1):
            yield file
            progress(label, done, len(files))


def files_of(path: Path, pattern: str) -> list[Path]:
    """Return the file itself, or all matching files below a folder, sorted.

    Raises:
        LeaderboardError: If there is nothing at the path, or nothing that matches.
    """
    try:
        if path.is_file():
            return [path]
        if is_special(path):
            raise LeaderboardError(f"{path} {SPECIAL}")
        if not path.exists():
            raise LeaderboardError(f"{path} does not exist")
        files = sorted(file for file in path.rglob(pattern) if file.is_file())
    except OSError as error:
        raise LeaderboardError(f"{path} cannot be read: {error.strerror or error}") from error
    if not files:
        problem = (
            "is an empty folder: give a folder with files, or a file"
            if pattern == "*"
            else f"contains no {pattern}"
        )
        raise LeaderboardError(f"{path} {problem}")
    return files


MOST_COLUMNS = 10_000
"""Columns that a board can have; each has ranks under every treatment."""


def validate_width(columns: int, problems: Problems) -> None:
    """Raise all problems if a board would have too many columns.

    Raises:
        LeaderboardError: There are more than `MOST_COLUMNS`.
    """
    if columns > MOST_COLUMNS:
        problems.add(
            "",
            f"a board has at most {MOST_COLUMNS:,} columns, found {columns:,}: import a part",
        )
        problems.stop_if_any()


ALL = "ALL"
"""Stands for every model, in place of a model's name."""


@dataclass(frozen=True)
class Asked:
    """The options of an import that all formats share.

    Attributes:
        board: Name of the board.
        snapshot: Its date.
        source: Where the numbers were read; the file's name and digest where empty.
        licence: Licence of the numbers.
        unit: The perfect score, None to infer it if the scores are unambiguous.
        spec: Description of the columns from a `board.yaml`; None without one.
        known: The columns of the board's earlier snapshots; None if there are none.
        new_columns: Whether to accept columns that earlier snapshots lack.
        human: Models that are human baselines.
        repeated: Models of which each row is a submission of its own; `ALL` for every model.
        suspect: Models whose row is kept as printed and flagged.
        ignore: Columns that are not imported.
        directions: `higher`, `lower` or `none` by the name of a metric or column, as said by the
            user; `none` leaves it out.
        lower: Whether columns of which less is better are imported, to be ranked under a treatment
            that says how.
        units: The perfect score by the name of a metric or column, as said by the user.
        strict: Whether files that are no results, and settings that differ, are refused.
        verbose: Whether notes name everything instead of the first few.
        model_from: Where a row's name comes from: see `flows.importers._identity`.
        rename: New names by the names that the files give.
        keep: Which of several rows of one model is imported: see `flows.importers._identity`.
        no_facts: Whether facts about models are left out.
        trajectory: How rows say their training run and step: see `flows.importers._training_steps`.
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
    directions: Mapping[str, str] = field(default_factory=dict)
    lower: bool = False
    units: Mapping[str, float] = field(default_factory=dict)
    strict: bool = False
    verbose: bool = False
    model_from: str = "config"
    rename: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""
    no_facts: bool = False
    trajectory: str = ""

    def listed(self, names: Iterable[str]) -> str:
        """Join names with commas: the first few, or all where the user asked for that."""
        every = list(names)
        return few(every, len(every) if self.verbose else 5)


class Stated(NamedTuple):
    """What a file states of one fact about a model.

    Attributes:
        value: A text or a JSON value, as it stands there; `flows.importers._facts` reads it.
        source: Where it stands: a file, a column or a key; empty for the source of the row.
        factor: The unit of a number that states none of its own: 1e9 for billions.
    """

    value: object
    source: str = ""
    factor: float = 1.0


@dataclass(frozen=True)
class DraftColumn:
    """A column as its format describes it; a `board.yaml` overrides it."""

    name: str
    task: str
    metric: str = "score"
    split_of: str | None = None
    unit_max: float | None = None
    higher_is_better: bool = True
    type: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftRow:
    """The row of one model or submission.

    Attributes:
        where: Its place in the file, for messages.
        model: The model.
        scores: Number by column name; an absent name is a missing score.
        submitted_by: Who submitted it.
        is_human: The file's own flag, None where the file has none.
        published: The board's own average.
        source: Where this row comes from, empty for the import's source.
        suspect: Why no score of the row should be trusted; empty if there is no reason.
        unread: Columns whose cell was refused; nothing is inferred from their other cells.
        base: The model, of which this row is one revision, precision or the like; empty where the
            model is the row.
        revision: Revision of the model, as the file states it.
        date: When it was measured, as text that sorts; empty where not stated.
        partial: Why a single score should not be trusted, by its column.
        facts: What the file states of the row beside its scores, by the fact's name.
        place: Path of its file below the imported folder; empty where all rows are in one file.
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
    base: str = ""
    revision: str = ""
    date: str = ""
    partial: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Stated] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class Draft:
    """The columns and rows that a format read.

    Attributes:
        columns: The columns, in the board's order.
        rows: The rows, in the file's order.
        title: Title of the board, empty where the file says none.
        notes: What was decided by a rule, each to be said aloud.
    """

    columns: Sequence[DraftColumn]
    rows: Sequence[DraftRow]
    title: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Imported:
    """An imported board, its origin and the decisions made on the way.

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
