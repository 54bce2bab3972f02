"""A foreign leaderboard on its way to a board: numbers as found, nothing decided yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluators.averaging import Board
from flows.board_spec import BoardSpec

ALL = "ALL"
"""In place of a model's name: every model."""


@dataclass(frozen=True)
class Asked:
    """What a person said about an import, whatever the format.

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
