"""From a board's cells to the matrix that is averaged: every choice of a treatment but p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.groups import combine, counted, groups
from evaluators.averaging.means import outside_domain, power_means
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError

FLOOR = 0.01
"""What `floor` raises values to, as a share of the unit."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """What enters the mean, for one board and treatment and the sign of one p.

    Attributes:
        values: (n, g); NaN does not enter.
        columns: g names, a task or a metric each.
        complete: (n,) whether the row may be ranked.
        skipped: (n, g) cells left out for this row only (mixed treatments).
        floored: (n, g) cells raised to the floor.
        absent: (n, c) missing or uncounted cells of the board's own columns `cells`.
        cells: Positions, on the board, of the c columns that count.
        shift: What is added to every value before the mean and taken off after.
        unit: What a perfect score is.
        notes: What every output must say.
    """

    values: NDArray[np.float64]
    columns: tuple[str, ...]
    complete: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    floored: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    cells: tuple[int, ...]
    shift: float
    unit: float
    notes: tuple[str, ...]

    def undefined(self, p: float) -> NDArray[np.bool_]:
        """Return (n, g): the values that leave the power mean of their row undefined."""
        return outside_domain(self.values + self.shift, p)

    def scores(self, p: float) -> NDArray[np.float64]:
        """Return (n,): the power mean of each row, NaN where it has none."""
        means = power_means(self.values + self.shift, p) - self.shift
        return np.where(self.complete, means, np.nan)


def treat(board: Board, treatment: Treatment, p: float = 1.0) -> Matrix:
    """Return the matrix that a treatment makes of a board.

    Args:
        board: n models × its columns.
        treatment: The choices.
        p: Only its sign matters, and only to a mixed treatment.

    Raises:
        TreatmentError: If no column is left, or one is a cost (lower is better).
    """
    cells = counted(board, treatment, p)
    unit = max(board.columns[j].unit_max for j in cells)
    scale = np.array([unit / board.columns[j].unit_max for j in cells])
    x = board.values[:, cells] * scale
    if treatment.suspect == "missing":
        x = np.where(board.suspect_mask()[:, cells], np.nan, x)
    columns, weights = groups([board.columns[j] for j in cells], treatment)
    values = combine(x, weights, partial=treatment.missing == "available-only")

    skipped: NDArray[np.bool_] = np.zeros(values.shape, dtype=np.bool_)
    notes = []
    if treatment.mixed:
        notes.append(f"MIXED TREATMENT: {treatment.describe()[2]}")
        diagnostic = np.array([board.columns[j].role == "diagnostic" for j in cells])
        only = np.asarray(weights[diagnostic].sum(axis=0) > 0)
        skipped = np.isnan(values) & only & np.array(board.is_human, dtype=np.bool_)[:, None]
    gaps = np.isnan(values) & ~skipped
    if treatment.missing == "drop-column" and gaps.any():
        keep: NDArray[np.bool_] = ~np.any(gaps, axis=0)
        dropped = ", ".join(name for name, kept in zip(columns, keep, strict=True) if not kept)
        if not keep.any():
            raise TreatmentError(f"{board.name}: every column has a gap, none is left to rank by")
        notes.append(f"columns dropped, because a row lacks them: {dropped}")
        columns = tuple(name for name, kept in zip(columns, keep, strict=True) if kept)
        values, skipped, gaps = values[:, keep], skipped[:, keep], gaps[:, keep]
    if treatment.missing == "available-only":
        notes.append("rows with gaps are averaged over the columns they have")
        gaps = np.all(np.isnan(values), axis=1, keepdims=True)
    complete = ~np.asarray(np.any(gaps, axis=1))

    floored, shift = np.zeros(values.shape, dtype=np.bool_), 0.0
    if treatment.nonpositive == "floor":
        floored = values < FLOOR * unit
        values = np.where(floored, FLOOR * unit, values)
        notes.append(f"values below {FLOOR * unit:g} were raised to it")
    elif treatment.nonpositive == "shift":
        shift = unit
        notes.append(f"{unit:g} was added to every value before the mean and taken off after")
    return Matrix(
        values=values,
        columns=columns,
        complete=complete,
        skipped=skipped,
        floored=floored,
        absent=np.isnan(x),
        cells=tuple(cells),
        shift=shift,
        unit=unit,
        notes=tuple(notes),
    )
