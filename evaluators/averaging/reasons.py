"""Why a row is not ranked, and what was done to one row only, in words."""

from __future__ import annotations

import numpy as np

from evaluators.averaging.board import Board
from evaluators.averaging.matrix import Matrix

_SHOWN = 4


def left_out(board: Board, matrix: Matrix, i: int, p: float) -> str:
    """Return why row i has no rank: the cells it lacks, or those that leave its mean undefined."""
    if not matrix.complete[i]:
        absent = [j for j, gone in zip(matrix.cells, matrix.absent[i], strict=True) if gone]
        missing = [board.columns[j].name for j in absent if (i, j) not in board.suspect]
        suspect = [
            f"{board.columns[j].name} is suspect ({board.suspect[i, j]})"
            for j in absent
            if (i, j) in board.suspect
        ]
        return "; ".join(([f"no value for {_listed(missing)}"] if missing else []) + suspect)
    needed = "above 0" if p <= 0 else "of at least 0"
    culprits = [
        f"{matrix.columns[g]} = {matrix.values[i, g]:g}"
        for g in np.flatnonzero(matrix.undefined(p)[i])
    ]
    return f"no mean for p = {p:g}, which needs values {needed}: {_listed(culprits)}"


def flags(matrix: Matrix, i: int) -> tuple[str, ...]:
    """Return what was done to row i and not to every row."""
    said = []
    entered = int((~np.isnan(matrix.values[i])).sum())
    if matrix.skipped[i].any():
        said.append(f"skipped: {_listed(_names(matrix, matrix.skipped[i]))}")
    if entered + int(matrix.skipped[i].sum()) < len(matrix.columns):
        said.append(f"mean of {entered} of {len(matrix.columns)} columns")
    elif matrix.absent[i].any() and not matrix.skipped[i].any():
        said.append("a metric of a task is missing")
    if matrix.floored[i].any():
        said.append(f"raised to the floor: {_listed(_names(matrix, matrix.floored[i]))}")
    return tuple(said)


def _names(matrix: Matrix, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[str]:
    return [name for name, hit in zip(matrix.columns, mask, strict=True) if hit]


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
