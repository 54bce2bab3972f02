"""The matrix over which means are taken: the columns that count, and how they combine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board, Column
from evaluators.averaging.means import outside_domain, power_means
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError


def counted(board: Board, treatment: Treatment, p: float) -> list[int]:
    """Return the positions of the board's columns that count."""
    diagnostics = treatment.diagnostics == "in" or (treatment.mixed and p <= 0)
    cells: list[int] = []
    tasks: set[str] = set()
    for j, column in enumerate(board.columns):
        if column.role == "diagnostic" and not diagnostics:
            continue
        if treatment.metrics == "main" and column.task in tasks:
            continue
        if not column.higher_is_better:
            raise TreatmentError(
                f"{board.name}: {column.name} is a cost (lower is better) and cannot be averaged"
                " with scores; leave the column out or turn it into a score first"
            )
        tasks.add(column.task)
        cells.append(j)
    if not cells:
        raise TreatmentError(f"{board.name}: no column is left to rank by")
    return cells


def groups(
    columns: list[Column], treatment: Treatment
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the names of the g entering columns and the (c, g) weights that make them."""
    members: dict[tuple[str, ...], list[int]] = {}
    for j, column in enumerate(columns):
        together = treatment.splits == "once" and column.split_of is not None
        key = [column.role, (column.split_of or "") if together else column.task]
        if treatment.metrics == "each":
            key.append(column.metric if together else column.name)
        members.setdefault(tuple(key), []).append(j)
    weights = np.zeros((len(columns), len(members)))
    names: list[str] = []
    for g, (parts, group) in enumerate(members.items()):
        names.append(columns[group[0]].name if len(group) == 1 else " ".join(parts[1:]))
        tasks = [columns[j].task for j in group]
        for j in group:  # a task's metrics share its weight, a task's splits share the group's
            weights[j, g] = 1 / (len(set(tasks)) * tasks.count(columns[j].task))
    return tuple(names), weights


def types_of(
    columns: list[Column], weights: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the types of the g entering columns, and the position of each column's type.

    Raises:
        TreatmentError: If a column has no type, or the columns of one task differ in it.
    """
    types: dict[str, int] = {}
    places = np.empty(weights.shape[1], dtype=np.intp)
    for g in range(weights.shape[1]):
        members = [columns[j] for j in np.flatnonzero(weights[:, g])]
        found = {column.type for column in members}
        kind = members[0].type
        if kind is None or len(found) > 1:
            raise TreatmentError(
                f"by-type needs one type for each task, and {members[0].name} has"
                f" {'none' if kind is None else 'several'}: give each column a `type` in board.yaml"
            )
        places[g] = types.setdefault(kind, len(types))
    return tuple(types), places


def combine(
    x: NDArray[np.float64], weights: NDArray[np.float64], *, partial: bool
) -> NDArray[np.float64]:
    """Return (n, g) weighted means of cells; NaN where any (if `partial`: every) cell is."""
    values = np.empty((x.shape[0], weights.shape[1]))
    for g in range(weights.shape[1]):
        # Summed in column order rather than by BLAS, whose last digit depends on the machine.
        members = np.flatnonzero(weights[:, g])
        if len(members) == 1:
            values[:, g] = x[:, members[0]]
            continue
        shares = np.broadcast_to(weights[members, g], (x.shape[0], len(members)))
        cells = x[:, members]
        if partial:
            shares = np.where(np.isnan(cells), 0.0, shares)
            cells = np.where(np.isnan(cells), 0.0, cells)
        total = shares.sum(axis=1)
        sums = (cells * shares).sum(axis=1)
        values[:, g] = np.divide(sums, total, out=np.full_like(sums, np.nan), where=total > 0)
    return values


def _nested(
    columns: tuple[str, ...],
    values: NDArray[np.float64],
    types: dict[str, str],
    treatment: Treatment,
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the k types of the g entering columns, and (n, k) means over each type's columns."""
    kinds = tuple(dict.fromkeys(types[name] for name in columns))
    of_type = np.array([kinds.index(types[name]) for name in columns])
    weights = np.zeros((len(columns), len(kinds)))
    weights[np.arange(len(columns)), of_type] = 1 / np.bincount(of_type)[of_type]
    return kinds, combine(values, weights, partial=treatment.missing == "available-only")


AVAILABLE = "rows with gaps are averaged over the columns they have"
"""The note of `available-only`; a rule with a note of its own on gaps says that instead."""

FLOOR = 0.01
"""The value to which `floor` raises lower values, as a share of the unit."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """The entries of the mean, for one board, one treatment and the sign of p.

    Attributes:
        values: (n, g); NaN does not enter.
        columns: g names, each of a task or a metric.
        complete: (n,) whether the row may be ranked.
        skipped: (n, g) cells left out for this row only (mixed treatments).
        floored: (n, g) cells raised to the floor.
        absent: (n, c) missing or uncounted cells of the board's own columns `cells`.
        cells: Positions, on the board, of the c columns that count.
        shift: Added to every value before the mean and subtracted from the mean.
        unit: The perfect score.
        notes: Notes that every output must show.
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
        """Return a mask (n, g) of the values that leave their row's power mean undefined."""
        return outside_domain(self.values + self.shift, p)

    def scores(self, p: float) -> NDArray[np.float64]:
        """Return the power mean of each row, (n,), NaN where it has none."""
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
    types: dict[str, str] = {}
    if treatment.nesting == "by-type":
        kinds, places = types_of([board.columns[j] for j in cells], weights)
        types = {name: kinds[k] for name, k in zip(columns, places, strict=True)}

    skipped: NDArray[np.bool_] = np.zeros(values.shape, dtype=np.bool_)
    notes = []
    if treatment.mixed:
        notes.append(f"MIXED TREATMENT: {treatment.describe()[2]}")
        diagnostic = np.array([board.columns[j].role == "diagnostic" for j in cells])
        diagnostics_only = np.asarray(weights[diagnostic].sum(axis=0) > 0)
        skipped = (
            np.isnan(values) & diagnostics_only & np.array(board.is_human, dtype=np.bool_)[:, None]
        )
    gaps = np.isnan(values) & ~skipped
    if treatment.missing == "drop-column" and gaps.any():
        full_columns: NDArray[np.bool_] = ~np.any(gaps, axis=0)
        dropped = ", ".join(
            name for name, is_full in zip(columns, full_columns, strict=True) if not is_full
        )
        if not full_columns.any():
            raise TreatmentError(f"{board.name}: every column has a gap, none is left to rank by")
        notes.append(f"columns dropped, because a row lacks them: {dropped}")
        columns = tuple(
            name for name, is_full in zip(columns, full_columns, strict=True) if is_full
        )
        values, skipped, gaps = (
            values[:, full_columns],
            skipped[:, full_columns],
            gaps[:, full_columns],
        )
    if treatment.missing == "available-only":
        notes.append(AVAILABLE)
        gaps = np.all(np.isnan(values), axis=1, keepdims=True)
    complete = ~np.asarray(np.any(gaps, axis=1))
    if treatment.nesting == "by-type":
        if skipped.any():
            raise TreatmentError(f"{board.name}: by-type cannot skip a cell for one row only")
        columns, values = _nested(columns, values, types, treatment)
        skipped = np.zeros(values.shape, dtype=np.bool_)

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
