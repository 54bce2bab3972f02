"""Which columns of a board count, and how several of them become one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board, Column
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


def combine(
    x: NDArray[np.float64], weights: NDArray[np.float64], *, partial: bool
) -> NDArray[np.float64]:
    """Return (n, g) weighted means of cells; NaN where any (or, `partial`, every) one is."""
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
