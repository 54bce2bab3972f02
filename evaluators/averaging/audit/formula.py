"""A way to average, as weights: shares within a task, then a weighted power mean of the tasks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.groups import combine, counted, groups
from evaluators.averaging.matrix import treat
from evaluators.averaging.means import outside_domain, power_means
from evaluators.averaging.treatment import Treatment


@dataclass(frozen=True, eq=False)
class Formula:
    """What makes one number of a row.

    Attributes:
        name: What it is called.
        cells: Positions, on the board, of the c columns that count.
        scale: (c,) what brings each to the common unit.
        shares: (c, g) how cells make what is averaged.
        weights: (g,) weights of what is averaged; they need not add up to 1.
        p: Exponent; anything but 1 goes with equal weights only.
    """

    name: str
    cells: tuple[int, ...]
    scale: NDArray[np.float64]
    shares: NDArray[np.float64]
    weights: NDArray[np.float64]
    p: float

    def grouped(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, g): what is averaged, of rows (n, columns); NaN where a cell is missing."""
        return combine(values[:, list(self.cells)] * self.scale, self.shares, partial=False)

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n,) averages of rows (n, columns), NaN where one is missing or undefined."""
        return self.means(self.grouped(values))

    def means(self, grouped: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n,) averages of what is averaged, (n, g)."""
        if self.p == 1:
            return np.asarray((grouped * self.weights).sum(axis=1))
        gaps = np.isnan(grouped).any(axis=1)
        return np.where(gaps, np.nan, power_means(grouped, self.p))

    def column_weights(self, columns: int) -> NDArray[np.float64]:
        """Return (columns,) the weight of each column of the board as printed, where p = 1."""
        weights = np.zeros(columns)
        weights[list(self.cells)] = self.scale * (self.shares @ self.weights)
        return weights

    def needed(self, grouped: NDArray[np.float64], g: int, target: float) -> float:
        """Return the value of entry g with which the row (g,) comes to the target, or NaN."""
        others = np.delete(grouped, g)
        weights = np.delete(self.weights, g)
        w, total = self.weights[g], self.weights.sum()
        if np.isnan(others).any() or w == 0:
            return float("nan")
        if self.p == 1:
            return float((target - weights @ others) / w)
        if target <= 0 or outside_domain(others, self.p).any():
            return float("nan")
        if self.p == 0:
            return float(np.exp((total * np.log(target) - weights @ np.log(others)) / w))
        rest = (total * target**self.p - weights @ others**self.p) / w
        return float(rest ** (1 / self.p)) if rest > 0 else float("nan")


def formula_of(board: Board, treatment: Treatment, p: float) -> Formula:
    """Return a treatment's mean as a formula.

    What a treatment does to single rows (a gap, a value ≤ 0) is no part of it.

    Raises:
        TreatmentError: If the board cannot be averaged like that.
    """
    cells = counted(board, treatment, p)
    names, shares = groups([board.columns[j] for j in cells], treatment)
    if treatment.missing == "drop-column":
        entering = set(treat(board, treatment, p).columns)
        kept = [g for g, name in enumerate(names) if name in entering]
        used = [c for c in range(len(cells)) if shares[c, kept].any()]
        shares, cells = shares[np.ix_(used, kept)], [cells[c] for c in used]
    unit = max(board.columns[j].unit_max for j in counted(board, treatment, p))
    return Formula(
        name=treatment.name,
        cells=tuple(cells),
        scale=np.array([unit / board.columns[j].unit_max for j in cells]),
        shares=shares,
        weights=np.full(shares.shape[1], 1 / shares.shape[1]),
        p=p,
    )
