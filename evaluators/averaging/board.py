"""A leaderboard as numbers: models × task metrics, missing and suspect cells marked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import FACTS, Fact, validate_fact
from evaluators.names import UnknownNameError

Role = Literal["main", "diagnostic"]


@dataclass(frozen=True)
class Column:
    """One metric of one task.

    Attributes:
        name: As the board prints it, unique on the board: `MultiRC_F1a`.
        task: The task it measures: `MultiRC`.
        metric: The metric: `f1`, `accuracy`, `matthews` …
        role: `diagnostic` columns are shown by the board but not averaged by it.
        split_of: The task of which this one is a split (`MNLI` for `MNLI-mm`), or None.
        type: The kind of the task (`Retrieval`), which nested means average first, or None.
        unit_max: The perfect score: 100 for per cent, 1 for proportions. Of a cost the largest
            value, infinite where nothing bounds it (a perplexity, milliseconds).
        higher_is_better: False for a cost; such a column cannot be averaged with scores.
        languages: Languages of the task's data, as ISO 639-3 codes (`eng`); empty where unknown.
    """

    name: str
    task: str
    metric: str = "score"
    role: Role = "main"
    split_of: str | None = None
    unit_max: float = 100.0
    higher_is_better: bool = True
    type: str | None = None
    languages: tuple[str, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether it has a unit; a cost that nothing bounds has none."""
        return math.isfinite(self.unit_max)

    def factor(self, unit: float) -> float:
        """Return the factor from its unit to another; 1 where it has none."""
        return unit / self.unit_max if self.bounded else 1.0


def unit_of(columns: Iterable[Column]) -> float:
    """Return the largest unit of some columns, 1 where none of them has one."""
    return max((column.unit_max for column in columns if column.bounded), default=1.0)


@dataclass(frozen=True, eq=False)
class Board:
    """One snapshot of one leaderboard.

    Attributes:
        name: Short name: `superglue`.
        snapshot: When it was taken: `2021`, `2022-01`.
        models: n row names. A name may repeat: each row is a submission of its own.
        columns: c columns.
        values: (n, c), in the column's unit; NaN is a missing cell.
        is_human: n flags, from the source's own mark, never guessed from a name.
        submitted_by: n submitters, empty where unknown.
        published: (n,) averages as the board printed them; NaN where it printed none.
        suspect: Reason by (row, column) for each cell that should not be trusted as printed.
        title: Name for people: `SuperGLUE`.
        sources: n sources, `owner/repository@commit:path`.
        notes: Notes on the whole snapshot.
        facts: n mappings from the name of a fact (see `evaluators.model_facts`) to its value.
    """

    name: str
    snapshot: str
    models: tuple[str, ...]
    columns: tuple[Column, ...]
    values: NDArray[np.float64]
    is_human: tuple[bool, ...] = ()
    submitted_by: tuple[str, ...] = ()
    published: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    suspect: Mapping[tuple[int, int], str] = field(default_factory=dict)
    title: str = ""
    sources: tuple[str, ...] = ()
    notes: str = ""
    facts: tuple[Mapping[str, Fact], ...] = ()

    def __post_init__(self) -> None:
        n, c = len(self.models), len(self.columns)
        values = _read_only(np.reshape(np.asarray(self.values, dtype=np.float64), (n, c)))
        published = self.published if np.size(self.published) else np.full(n, np.nan)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "published", _read_only(np.reshape(published, (n,))))
        object.__setattr__(self, "is_human", tuple(self.is_human) or (False,) * n)
        object.__setattr__(self, "submitted_by", tuple(self.submitted_by) or ("",) * n)
        object.__setattr__(self, "sources", tuple(self.sources) or ("",) * n)
        object.__setattr__(self, "facts", tuple(self.facts) or ({},) * n)
        per_row = (self.is_human, self.submitted_by, self.sources, self.facts)
        if {len(entries) for entries in per_row} != {n}:
            raise TreatmentError(
                f"board {self.name}: is_human, submitted_by, sources and facts must have one entry"
                " a row"
            )
        for facts in self.facts:
            for fact_name, fact in facts.items():
                validate_fact(fact_name, fact.value)
        names = [column.name for column in self.columns]
        if len(set(names)) != c:
            twice = next(name for name in names if names.count(name) > 1)
            raise TreatmentError(f"board {self.name} has two columns named {twice!r}")
        for column in self.columns:
            if column.higher_is_better and not column.bounded:
                raise TreatmentError(
                    f"board {self.name}: {column.name} is a score and needs a perfect one, got"
                    f" {column.unit_max:g}"
                )
        if np.isinf(values).any():
            i, j = np.argwhere(np.isinf(values))[0]
            raise TreatmentError(
                f"board {self.name}: the score of {self.models[i]} in {names[j]} is infinite"
            )

    @property
    def unit(self) -> float:
        """The largest unit of its columns."""
        return unit_of(self.columns)

    def take(
        self, models: Sequence[int] | None = None, columns: Sequence[int] | None = None
    ) -> Board:
        """Return the board with the given rows and columns (positions), in the given order."""
        rows = list(range(len(self.models))) if models is None else [int(i) for i in models]
        column_positions = (
            list(range(len(self.columns))) if columns is None else [int(j) for j in columns]
        )
        return Board(
            name=self.name,
            snapshot=self.snapshot,
            models=tuple(self.models[i] for i in rows),
            columns=tuple(self.columns[j] for j in column_positions),
            values=self.values[np.ix_(rows, column_positions)],
            is_human=tuple(self.is_human[i] for i in rows),
            submitted_by=tuple(self.submitted_by[i] for i in rows),
            published=self.published[rows],
            suspect={
                (new_i, new_j): self.suspect[i, j]
                for new_i, i in enumerate(rows)
                for new_j, j in enumerate(column_positions)
                if (i, j) in self.suspect
            },
            title=self.title,
            sources=tuple(self.sources[i] for i in rows),
            notes=self.notes,
            facts=tuple(self.facts[i] for i in rows),
        )

    def suspect_mask(self) -> NDArray[np.bool_]:
        """Return a mask (n, c) of the suspect cells."""
        mask = np.zeros(self.values.shape, dtype=np.bool_)
        for row, column in self.suspect:
            mask[row, column] = True
        return mask


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def board_from_tables(
    name: str,
    snapshot: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    cells: Mapping[str, Sequence[Any]],
    facts: Sequence[Mapping[str, Any]] = (),
    *,
    title: str = "",
    notes: str = "",
) -> Board:
    """Build a board from rows of the store's tables `leaderboard_*`.

    Args:
        name: The board.
        snapshot: The snapshot.
        columns: `position, column_name, task, metric, role, split_of, unit_max,
            higher_is_better` and perhaps `type` and `languages`, in any order. A cost without
            `unit_max` has no upper bound.
        rows: `position, model, submitted_by, is_human, published_score, source`, in any order.
        cells: Columns `model_position, column_position, value, suspect, suspect_reason`, as a large
            board has too many for rows; a missing cell has no place in them, or None for a value.
        facts: `model_position, fact, number, text, source`.
        title: The title.
        notes: Notes on the snapshot.
    """
    columns = sorted(columns, key=lambda column: int(column["position"]))
    rows = sorted(rows, key=lambda row: int(row["position"]))
    column_at = {int(column["position"]): j for j, column in enumerate(columns)}
    row_at = {int(row["position"]): i for i, row in enumerate(rows)}
    values = np.full((len(rows), len(columns)), np.nan)
    i = np.array([row_at[int(position)] for position in cells["model_position"]], dtype=np.intp)
    j = np.array([column_at[int(position)] for position in cells["column_position"]], dtype=np.intp)
    values[i, j] = np.array(cells["value"], dtype=np.float64)  # None becomes NaN
    suspect = {
        (int(i[k]), int(j[k])): str(cells["suspect_reason"][k] or "flagged suspect")
        for k, is_suspect in enumerate(cells["suspect"])
        if is_suspect
    }
    known: list[dict[str, Fact]] = [{} for _ in rows]
    for fact in facts:
        known[row_at[int(fact["model_position"])]][str(fact["fact"])] = _fact(fact)
    return Board(
        name=name,
        snapshot=snapshot,
        models=tuple(str(row["model"]) for row in rows),
        columns=tuple(
            Column(
                name=str(column["column_name"]),
                task=str(column["task"]),
                metric=str(column["metric"]),
                role="diagnostic" if column["role"] == "diagnostic" else "main",
                split_of=None if _absent(column.get("split_of")) else str(column["split_of"]),
                unit_max=math.inf if _absent(column["unit_max"]) else float(column["unit_max"]),
                higher_is_better=bool(column["higher_is_better"]),
                type=None if _absent(column.get("type")) else str(column["type"]),
                languages=tuple(filter(None, _text(column.get("languages")).split(","))),
            )
            for column in columns
        ),
        values=values,
        is_human=tuple(bool(row["is_human"]) for row in rows),
        submitted_by=tuple(_text(row.get("submitted_by")) for row in rows),
        published=np.array(
            [
                math.nan if _absent(row.get("published_score")) else row["published_score"]
                for row in rows
            ],
            dtype=np.float64,
        ),
        suspect=suspect,
        title=title,
        sources=tuple(_text(row.get("source")) for row in rows),
        notes=notes,
        facts=tuple(known),
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    kind = FACTS[str(row["fact"])].kind
    if kind == "text":
        return Fact(str(row["text"]), _text(row["source"]))
    number = float(row["number"])
    return Fact(bool(number) if kind == "flag" else number, _text(row["source"]))


def _absent(value: object) -> bool:
    """Return whether a value is None or NaN, which data frames use for missing values."""
    return value is None or value != value


def _text(value: object) -> str:
    return "" if _absent(value) else str(value)


HUMAN = "human"
"""The name for the human row of any board that has one."""


def find_row(board: Board, name: str) -> int:
    """Return the position of a model, or of the human row for `human`.

    A name is taken as printed, or, where that names one row only, in any case. Where several rows
    have one name, `NAME#2` is the second of them in board order.

    Raises:
        UnknownNameError: If no row has that name, with the nearest name.
        TreatmentError: If several rows have it, or there is no human row.
    """
    named = _called(board, name)
    stem, hash_, number = name.rpartition("#")
    if not named and hash_ and number.isdecimal() and int(number):
        named = _called(board, stem)[int(number) - 1 : int(number)]
    if not named and name.casefold() == HUMAN:
        raise TreatmentError(f"{board.name} {board.snapshot} has no human row; name a model")
    if not named:
        raise UnknownNameError("model", name, dict.fromkeys(board.models))
    if len(named) > 1:
        choices = ", ".join(
            f"{name}#{k} ({board.submitted_by[i] or 'submitter unknown'})"
            for k, i in enumerate(named, start=1)
        )
        raise TreatmentError(
            f"{len(named)} rows of {board.name} are named {name!r}: choose one of {choices}"
        )
    return named[0]


def labels(board: Board) -> tuple[str, ...]:
    """Return a label of each row: its name, with a number where the name repeats."""
    total, seen = Counter(board.models), Counter[str]()
    names = []
    for name in board.models:
        seen[name] += 1
        names.append(name if total[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)


def _called(board: Board, name: str) -> list[int]:
    exact = [i for i, model in enumerate(board.models) if model == name]
    folded = name.casefold()
    positions = exact or [i for i, model in enumerate(board.models) if model.casefold() == folded]
    if not positions and folded == HUMAN:
        return [i for i, human in enumerate(board.is_human) if human]
    return positions
