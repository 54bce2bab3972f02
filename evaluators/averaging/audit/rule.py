"""A rule of averaging with small integer weights, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board, Column


@dataclass(frozen=True)
class Rule:
    """Σ numerator · column over one denominator, and how it fits.

    Attributes:
        columns: c columns of the board.
        numerators: c whole numbers ≥ 0.
        denominator: What their sum is divided by.
        agree: Rows whose published average it gives.
        compared: Rows that have one and all the cells it needs.
        worst: Its largest difference.
        tolerance: How far apart the two may lie.
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
        """`(2*A + B)/3`, columns of weight 0 left out."""
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
    """Return what the weights say: how tasks count, how their metrics share, what does not."""
    tasks: dict[str, list[int]] = {}
    for j, column in enumerate(columns):
        tasks.setdefault(column.split_of or column.task, []).append(j)
    totals = {task: sum((weights[j] for j in js), Fraction(0)) for task, js in tasks.items()}
    counted = [task for task, total in totals.items() if total]
    if not counted:
        return "nothing counts"
    said = []
    different = sorted({totals[task] for task in counted}, reverse=True)
    if len(counted) == 1:
        said.append(f"only {counted[0]} counts, {different[0]} of it")
    elif len(different) == 1:
        said.append(f"each of {len(counted)} tasks counts {different[0]}")
    else:
        for total in different:
            alike = [task for task in counted if totals[task] == total]
            verb = f"counts {total}" if len(alike) == 1 else f"count {total} each"
            said.append(f"{_listed(alike)} {verb}")
    shared = [t for t in counted if len(tasks[t]) > 1]
    even = [t for t in shared if len({weights[j] for j in tasks[t]}) == 1]
    if even:
        said.append(f"shared evenly by the metrics or splits of {_listed(even)}")
    for task in shared:
        if task not in even:
            parts = ", ".join(f"{columns[j].name} {weights[j]}" for j in tasks[task])
            said.append(f"within {task}: {parts}")
    out = [columns[j].name for t in totals if t not in counted for j in tasks[t]]
    if out:
        said.append(f"{_listed(out)} {'does' if len(out) == 1 else 'do'} not count")
    if (whole := sum(totals.values(), Fraction(0))) != 1:
        said.append(f"the weights add up to {whole}, so it is no mean")
    return "; ".join(said)


def make_rule(
    board: Board,
    positions: Sequence[int],
    weights: Sequence[Fraction],
    published: NDArray[np.float64],
    tolerance: float,
    equals: Sequence[str] = (),
) -> Rule:
    """Return a rule over some columns, checked against every row that has what it needs.

    Args:
        board: The board.
        positions: The c columns.
        weights: Their weights, in the unit that `published` is in.
        published: (n,) averages; NaN where there is none.
        tolerance: How far apart the two may lie.
        equals: The treatments whose mean it is.
    """
    denominator = int(np.lcm.reduce([w.denominator for w in weights]))
    numerators = tuple(int(w * denominator) for w in weights)
    used = [k for k, n in enumerate(numerators) if n]
    columns = [board.columns[j] for j in positions]
    unit = max(column.unit_max for column in columns)
    scale = np.array([unit / columns[k].unit_max for k in used])
    cells = board.values[:, [positions[k] for k in used]] * scale
    scores = cells @ np.array([numerators[k] / denominator for k in used])
    apart = np.abs(scores - published)
    return Rule(
        columns=tuple(column.name for column in columns),
        numerators=numerators,
        denominator=denominator,
        agree=int((apart <= tolerance + 1e-9).sum()),
        compared=int((~np.isnan(apart)).sum()),
        worst=float(np.nanmax(apart)) if not np.isnan(apart).all() else 0.0,
        tolerance=tolerance,
        off=tuple(int(i) for i in np.flatnonzero(apart > tolerance + 1e-9)),
        equals=tuple(equals),
        words=in_words(columns, weights),
    )


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
