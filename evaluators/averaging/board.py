"""A leaderboard as numbers: models × task metrics, with what is missing or doubtful marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import TreatmentError

Role = Literal["main", "diagnostic"]


@dataclass(frozen=True)
class Column:
    """One metric of one task.

    Attributes:
        name: As the board prints it, unique on the board: `MultiRC_F1a`.
        task: The task it measures: `MultiRC`.
        metric: The metric: `f1`, `accuracy`, `matthews` …
        role: `diagnostic` columns are shown by the board but not averaged by it.
        split_of: The task that this one is only a split of (`MNLI` for `MNLI-mm`), or None.
        unit_max: What a perfect score is: 100 for per cent, 1 for proportions.
        higher_is_better: False for a cost; such a column cannot be averaged with scores.
    """

    name: str
    task: str
    metric: str = "score"
    role: Role = "main"
    split_of: str | None = None
    unit_max: float = 100.0
    higher_is_better: bool = True


@dataclass(frozen=True, eq=False)
class Board:
    """One snapshot of one leaderboard.

    Attributes:
        name: Short name: `superglue`.
        snapshot: When it was taken: `2021`, `2022-01`.
        models: Row names, n of them. A name may repeat: each row is a submission of its own.
        columns: c columns.
        values: (n, c), in the column's unit; NaN is a missing cell.
        is_human: n flags, from the source's own mark and never guessed from a name.
        submitted_by: n submitters, empty where unknown.
        published: (n,) averages as the board printed them; NaN where it printed none.
        suspect: Reason by (row, column) for each cell that should not be trusted as printed.
        title: For people: `SuperGLUE`.
        sources: n sources, `owner/repository@commit:path`.
        notes: What is to be said about the whole snapshot.
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

    def __post_init__(self) -> None:
        n, c = len(self.models), len(self.columns)
        values = _read_only(np.reshape(np.asarray(self.values, dtype=np.float64), (n, c)))
        published = self.published if np.size(self.published) else np.full(n, np.nan)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "published", _read_only(np.reshape(published, (n,))))
        object.__setattr__(self, "is_human", tuple(self.is_human) or (False,) * n)
        object.__setattr__(self, "submitted_by", tuple(self.submitted_by) or ("",) * n)
        object.__setattr__(self, "sources", tuple(self.sources) or ("",) * n)
        if {len(self.is_human), len(self.submitted_by), len(self.sources)} != {n}:
            raise TreatmentError(f"board {self.name}: every row needs its flag, submitter, source")
        names = [column.name for column in self.columns]
        if len(set(names)) != c:
            twice = next(name for name in names if names.count(name) > 1)
            raise TreatmentError(f"board {self.name} has two columns named {twice!r}")
        if np.isinf(values).any():
            row, column = np.argwhere(np.isinf(values))[0]
            raise TreatmentError(
                f"board {self.name}, {self.models[row]}, {names[column]}: infinite score"
            )

    def take(
        self, models: Sequence[int] | None = None, columns: Sequence[int] | None = None
    ) -> Board:
        """Return the board with only these rows and columns (positions), in this order."""
        rows = list(range(len(self.models))) if models is None else [int(i) for i in models]
        kept = list(range(len(self.columns))) if columns is None else [int(j) for j in columns]
        return Board(
            name=self.name,
            snapshot=self.snapshot,
            models=tuple(self.models[i] for i in rows),
            columns=tuple(self.columns[j] for j in kept),
            values=self.values[np.ix_(rows, kept)],
            is_human=tuple(self.is_human[i] for i in rows),
            submitted_by=tuple(self.submitted_by[i] for i in rows),
            published=self.published[rows],
            suspect={
                (new_i, new_j): self.suspect[i, j]
                for new_i, i in enumerate(rows)
                for new_j, j in enumerate(kept)
                if (i, j) in self.suspect
            },
            title=self.title,
            sources=tuple(self.sources[i] for i in rows),
            notes=self.notes,
        )

    def suspect_mask(self) -> NDArray[np.bool_]:
        """Return (n, c): which cells are suspect."""
        mask = np.zeros(self.values.shape, dtype=np.bool_)
        for row, column in self.suspect:
            mask[row, column] = True
        return mask


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy
