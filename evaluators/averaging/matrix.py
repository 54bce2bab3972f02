"""The matrix over which means are taken: the columns that count, and how they combine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board, Column, unit_of
from evaluators.averaging.means import outside_domain, power_means
from evaluators.averaging.task_weights import column_weights, type_weights
from evaluators.averaging.treatment import TREATMENTS, Treatment
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
        if not column.higher_is_better and treatment.lower == "refuse":
            complement = f"{replace(treatment, lower='complement').name} (unit - x), "
            inverse = f"{replace(treatment, lower='inverse').name} (1/x)"
            raise TreatmentError(
                f"{board.name}: {column.name} is a cost (lower is better) and cannot be averaged"
                f" with scores; choose a treatment that turns it, such as"
                f" {complement if column.bounded else ''}{inverse}, or +rank-only with a rule of"
                " order such as borda, or leave the column out"
            )
        if not column.bounded and treatment.lower == "complement":
            raise TreatmentError(
                f"{board.name}: nothing bounds {column.name}, so that there is no unit - x; choose"
                f" {replace(treatment, lower='inverse').name} (1/x), or +rank-only with a rule of"
                " order such as borda"
            )
        tasks.add(column.task)
        cells.append(j)
    if not cells:
        raise TreatmentError(f"{board.name}: no column is left to rank by")
    return cells


def standard_treatments(board: Board) -> tuple[Treatment, ...]:
    """Return the treatments that a board is ranked under where none is named.

    They are `TREATMENTS`; where a column of which less is better counts, each with +complement
    (unless nothing bounds the column) and with +inverse instead, as it cannot be ranked without.
    """
    treatments: list[Treatment] = []
    for treatment in TREATMENTS.values():
        counting = [c for c in board.columns if c.role == "main" or treatment.diagnostics != "out"]
        if all(column.higher_is_better for column in counting):
            treatments.append(treatment)
            continue
        if all(column.bounded for column in counting):
            treatments.append(replace(treatment, lower="complement"))
        treatments.append(replace(treatment, lower="inverse"))
    return tuple(treatments)


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
    entering: NDArray[np.float64],
    treatment: Treatment,
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the k types of the g entering columns, and (n, k) means over each type's columns.

    Args:
        columns: Names of the g columns.
        values: (n, g).
        types: Type of each column.
        entering: (g,) weights of the columns within their types.
        treatment: Whether a type with gaps is averaged over what it has.
    """
    kinds = tuple(dict.fromkeys(types[name] for name in columns))
    of_type = np.array([kinds.index(types[name]) for name in columns])
    weights = np.zeros((len(columns), len(kinds)))
    total = np.bincount(of_type, weights=entering)
    weights[np.arange(len(columns)), of_type] = entering / total[of_type]
    return kinds, combine(values, weights, partial=treatment.missing in WITH_GAPS)


AVAILABLE = "rows with gaps are averaged over the columns they have"
"""The note of `any-available`; a rule with a note of its own on gaps says that instead."""

WITH_GAPS = ("available-only", "any-available")
"""The choices of `missing` that rank rows with gaps."""

LEAST_COVERAGE = 0.8
"""The share of the columns that `available-only` needs for a rank: a mean over one of 103 tasks is
the mean of another, easier or harder board."""

SOME_GAPS = f"{AVAILABLE}, where those are at least {LEAST_COVERAGE:.0%}"
"""The note of `available-only`."""


def turn(
    x: NDArray[np.float64],
    columns: list[Column],
    printed: NDArray[np.float64],
    unit: float,
    treatment: Treatment,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return cells of which more is better, and a note that says which were turned and how.

    Args:
        x: (n, c) cells in the unit.
        columns: The c columns.
        printed: (n, c) cells as printed, each in its column's unit.
        unit: The perfect score.
        treatment: How cells of which less is better are turned.

    Raises:
        TreatmentError: Only their order counts, and a floor or other metrics would mix with it.
    """
    lower = [j for j, column in enumerate(columns) if not column.higher_is_better]
    if not lower:
        return x, ()
    names = ", ".join(columns[j].name for j in lower)
    x = x.copy()
    if treatment.lower == "complement":
        x[:, lower] = unit - x[:, lower]
        return x, (f"less is better for {names}: {unit:g} - x counts in place of x",)
    if treatment.lower == "inverse":
        costs = printed[:, lower]
        x[:, lower] = np.divide(unit, costs, out=np.full_like(costs, np.nan), where=costs > 0)
        return x, (f"less is better for {names}: {unit:g}/x counts in place of the printed x",)
    if treatment.nonpositive == "floor":
        raise TreatmentError(f"floor needs values, and rank-only keeps the order of {names} alone")
    x[:, lower] = -x[:, lower]
    return x, (f"less is better for {names}: their order counts, reversed",)


def _validate_alone(columns: list[Column], weights: NDArray[np.float64]) -> None:
    """Raise if a column of which only the order counts would be averaged with another."""
    for g in range(weights.shape[1]):
        members = [columns[j] for j in np.flatnonzero(weights[:, g])]
        lower = [column.name for column in members if not column.higher_is_better]
        if lower and len(members) > 1:
            raise TreatmentError(
                f"rank-only keeps the order of {lower[0]} alone, which cannot be averaged with"
                f" other metrics of {members[0].task}; use per-metric+rank-only"
            )


def too_few(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (n,) whether a row of (n, g) entries has fewer than `LEAST_COVERAGE` of them."""
    least = LEAST_COVERAGE * values.shape[1] - 1e-9  # 0.8 times 5 must be 4
    return np.asarray((~np.isnan(values)).sum(axis=1) < least)


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
        weights: (g,) weights of the columns, above 0; None where all weigh the same.
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
    weights: NDArray[np.float64] | None = None

    def undefined(self, p: float) -> NDArray[np.bool_]:
        """Return a mask (n, g) of the values that leave their row's power mean undefined."""
        return outside_domain(self.values + self.shift, p)

    def scores(self, p: float) -> NDArray[np.float64]:
        """Return the power mean of each row, (n,), NaN where it has none."""
        means = self.means(self.values, p)
        return np.where(self.complete, means, np.nan)

    def means(self, values: NDArray[np.float64], p: float) -> NDArray[np.float64]:
        """Return (m,) power means of rows (m, g) with the columns' weights and the shift."""
        return power_means(values + self.shift, p, self.weights) - self.shift


def treat(board: Board, treatment: Treatment, p: float = 1.0, *, by_order: bool = False) -> Matrix:
    """Return the matrix that a treatment makes of a board.

    Args:
        board: n models × its columns.
        treatment: The choices.
        p: Only its sign matters, and only to a mixed treatment.
        by_order: Whether only the order of each column will count, as `rank-only` needs.

    Raises:
        TreatmentError: If no column is left, or one is a cost (lower is better) that the treatment
            refuses, of which it keeps the order only, or that has no unit - x.
    """
    cells = counted(board, treatment, p)
    costs = [board.columns[j].name for j in cells if not board.columns[j].higher_is_better]
    if costs and treatment.lower == "rank-only" and not by_order:
        raise TreatmentError(
            f"{board.name}: rank-only keeps the order of {costs[0]} alone, which has no mean;"
            " choose a rule of order such as borda, or +complement or +inverse"
        )
    counting = [board.columns[j] for j in cells]
    unit = unit_of(counting)
    scale = np.array([column.factor(unit) for column in counting])
    x, turned = turn(
        board.values[:, cells] * scale, counting, board.values[:, cells], unit, treatment
    )
    if treatment.suspect == "missing":
        x = np.where(board.suspect_mask()[:, cells], np.nan, x)
    columns, weights = groups(counting, treatment)
    entering = column_weights(counting, weights, treatment)
    if treatment.lower == "rank-only":
        _validate_alone(counting, weights)
        if costs and treatment.nesting == "by-type":
            raise TreatmentError(
                f"{board.name}: rank-only keeps the order of {costs[0]} alone, which cannot be"
                " averaged by type; leave by-type out"
            )
    values = combine(x, weights, partial=treatment.missing in WITH_GAPS)
    types: dict[str, str] = {}
    if treatment.nesting == "by-type":
        kinds, places = types_of([board.columns[j] for j in cells], weights)
        types = {name: kinds[k] for name, k in zip(columns, places, strict=True)}

    skipped: NDArray[np.bool_] = np.zeros(values.shape, dtype=np.bool_)
    notes = [*turned]
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
        entering = entering[full_columns]
    if treatment.missing == "any-available":
        notes.append(AVAILABLE)
        gaps = np.all(np.isnan(values), axis=1, keepdims=True)
    elif treatment.missing == "available-only":
        notes.append(SOME_GAPS)
        gaps = too_few(values)[:, None]
    complete = ~np.asarray(np.any(gaps, axis=1))
    if treatment.nesting == "by-type":
        if skipped.any():
            raise TreatmentError(f"{board.name}: by-type cannot skip a cell for one row only")
        columns, values = _nested(columns, values, types, entering, treatment)
        entering = type_weights(columns, treatment)
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
        weights=entering if treatment.weights else None,
    )
