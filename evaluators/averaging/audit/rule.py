"""A rule of averaging with small integer weights, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board, Column, unit_of
from evaluators.averaging.matrix import combine, counted, groups, treat
from evaluators.averaging.means import outside_domain, power_means
from evaluators.averaging.treatment import Treatment


@dataclass(frozen=True)
class Rule:
    """A rule Σ numerator · column / denominator, and how well it fits.

    Attributes:
        columns: c columns of the board.
        numerators: c whole numbers ≥ 0.
        denominator: Common denominator of the weights.
        agree: Number of rows whose published average it gives.
        compared: Number of rows with a published average and all the cells that it needs.
        worst: Largest difference from a published average.
        tolerance: Largest difference that counts as agreement.
        off: Positions, on the board, of the rows that it misses.
        equals: The named treatments whose arithmetic mean it is.
        words: The rule in words.
    """

    columns: tuple[str, ...]
    numerators: tuple[int, ...]
    denominator: int
    agree: int
    compared: int
    worst: float
    tolerance: float
    off: tuple[int, ...]
    equals: tuple[str, ...]
    words: str

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each column."""
        return tuple(k / self.denominator for k in self.numerators)

    @property
    def is_mean(self) -> bool:
        """Whether the weights add up to 1."""
        return sum(self.numerators) == self.denominator

    @property
    def formula(self) -> str:
        """The rule as text, `(2*A + B)/3`, without columns of weight 0."""
        parts = [
            name if k == 1 else f"{k}*{name}"
            for name, k in zip(self.columns, self.numerators, strict=True)
            if k
        ]
        total = " + ".join(parts) or "0"
        if self.denominator == 1:
            return total
        return f"{total}/{self.denominator}" if len(parts) == 1 else f"({total})/{self.denominator}"


def in_words(columns: Sequence[Column], weights: Sequence[Fraction]) -> str:
    """Describe weights: how tasks count, how their metrics share it, what does not count."""
    tasks: dict[str, list[int]] = {}
    for j, column in enumerate(columns):
        tasks.setdefault(column.split_of or column.task, []).append(j)
    totals = {task: sum((weights[j] for j in js), Fraction(0)) for task, js in tasks.items()}
    counted = [task for task, total in totals.items() if total]
    if not counted:
        return "nothing counts"
    phrases = []
    different = sorted({totals[task] for task in counted}, reverse=True)
    if len(counted) == 1:
        phrases.append(f"only {counted[0]} counts, {different[0]} of it")
    elif len(different) == 1:
        phrases.append(f"each of {len(counted)} tasks counts {different[0]}")
    else:
        for total in different:
            tasks_of_weight = [task for task in counted if totals[task] == total]
            verb = f"counts {total}" if len(tasks_of_weight) == 1 else f"count {total} each"
            phrases.append(f"{_listed(tasks_of_weight)} {verb}")
    shared = [t for t in counted if len(tasks[t]) > 1]
    even = [t for t in shared if len({weights[j] for j in tasks[t]}) == 1]
    if even:
        phrases.append(f"shared evenly by the metrics or splits of {_listed(even)}")
    for task in shared:
        if task not in even:
            parts = ", ".join(f"{columns[j].name} {weights[j]}" for j in tasks[task])
            phrases.append(f"within {task}: {parts}")
    uncounted = [columns[j].name for t in totals if t not in counted for j in tasks[t]]
    if uncounted:
        phrases.append(f"{_listed(uncounted)} {'does' if len(uncounted) == 1 else 'do'} not count")
    if (whole := sum(totals.values(), Fraction(0))) != 1:
        phrases.append(f"the weights add up to {whole}, so it is no mean")
    return "; ".join(phrases)


def make_rule(
    board: Board,
    positions: Sequence[int],
    weights: Sequence[Fraction],
    published: NDArray[np.float64],
    tolerance: float,
    equals: Sequence[str] = (),
) -> Rule:
    """Return a rule over some columns, checked against every row with all its cells.

    Args:
        board: The board.
        positions: The c columns.
        weights: Their weights, in the unit of `published`.
        published: (n,) averages; NaN where there is none.
        tolerance: How far apart the two may lie.
        equals: The treatments whose mean it is.
    """
    denominator = int(np.lcm.reduce([w.denominator for w in weights]))
    numerators = tuple(int(w * denominator) for w in weights)
    used = [k for k, n in enumerate(numerators) if n]
    columns = [board.columns[j] for j in positions]
    unit = unit_of(columns)
    scale = np.array([columns[k].factor(unit) for k in used])
    cells = board.values[:, [positions[k] for k in used]] * scale
    scores = cells @ np.array([numerators[k] / denominator for k in used])
    differences = np.abs(scores - published)
    return Rule(
        columns=tuple(column.name for column in columns),
        numerators=numerators,
        denominator=denominator,
        agree=int((differences <= tolerance + 1e-9).sum()),
        compared=int((~np.isnan(differences)).sum()),
        worst=float(np.nanmax(differences)) if not np.isnan(differences).all() else 0.0,
        tolerance=tolerance,
        off=tuple(int(i) for i in np.flatnonzero(differences > tolerance + 1e-9)),
        equals=tuple(equals),
        words=in_words(columns, weights),
    )


def _listed(names: Sequence[str], limit: int = 8) -> str:
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, eq=False)
class Formula:
    """How the cells of a row make one average.

    Attributes:
        name: Name of the treatment or rule.
        cells: Positions, on the board, of the c columns that count.
        scale: (c,) factors to the common unit.
        shares: (c, g) weights of the cells in each averaged entry.
        weights: (g,) weights of the averaged entries; they need not add up to 1.
        p: Exponent; one other than 1 needs equal weights.
    """

    name: str
    cells: tuple[int, ...]
    scale: NDArray[np.float64]
    shares: NDArray[np.float64]
    weights: NDArray[np.float64]
    p: float

    def grouped(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the averaged entries (n, g) of rows (n, columns); NaN where a cell is missing."""
        return combine(values[:, list(self.cells)] * self.scale, self.shares, partial=False)

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n,) averages of rows (n, columns), NaN where one is missing or undefined."""
        return self.means(self.grouped(values))

    def means(self, grouped: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n,) averages of entries (n, g)."""
        if self.p == 1:
            return np.asarray((grouped * self.weights).sum(axis=1))
        gaps = np.isnan(grouped).any(axis=1)
        return np.where(gaps, np.nan, power_means(grouped, self.p))

    def column_weights(self, columns: int) -> NDArray[np.float64]:
        """Return (columns,) weights of the board's columns as printed, for p = 1."""
        weights = np.zeros(columns)
        weights[list(self.cells)] = self.scale * (self.shares @ self.weights)
        return weights

    def needed(self, grouped: NDArray[np.float64], g: int, target: float) -> float:
        """Return the value of entry g with which a row (g,) averages to the target, or NaN."""
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

    It does not cover what a treatment does to single rows (a gap, a value ≤ 0).

    Raises:
        TreatmentError: If the board cannot be averaged like that.
    """
    cells = counted(board, treatment, p)
    names, shares = groups([board.columns[j] for j in cells], treatment)
    if treatment.missing == "drop-column":
        entering = set(treat(board, treatment, p).columns)
        entering_groups = [g for g, name in enumerate(names) if name in entering]
        used = [c for c in range(len(cells)) if shares[c, entering_groups].any()]
        shares, cells = shares[np.ix_(used, entering_groups)], [cells[c] for c in used]
    unit = unit_of(board.columns[j] for j in counted(board, treatment, p))
    return Formula(
        name=treatment.name,
        cells=tuple(cells),
        scale=np.array([board.columns[j].factor(unit) for j in cells]),
        shares=shares,
        weights=np.full(shares.shape[1], 1 / shares.shape[1]),
        p=p,
    )
