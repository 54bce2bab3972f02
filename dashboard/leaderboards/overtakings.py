"""Overtakings among a few rows as the exponent falls, quick enough for a page.

`evaluators.averaging.crossing` finds every crossing of a pair over all exponents, which takes close
models on many tasks 20 ms a pair. Here ranks on a grid of exponents say which pairs change places
between two of them, and halving that step finds where; two that change places twice within one step
are missed, which the page says.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import Board, Matrix, Treatment, power_means, treat
from evaluators.averaging.curve import Curve
from evaluators.averaging.ranking import TIE

_DIGITS = 1e-9


class Overtaking(NamedTuple):
    """One row overtakes another as p falls.

    Attributes:
        p: The exponent at which they change places.
        row: Position of who is above for smaller p.
        rival: Position of who is above for larger p.
    """

    p: float
    row: int
    rival: int


def find_overtakings(
    curve: Curve, board: Board, treatment: Treatment, rows: tuple[int, ...]
) -> list[Overtaking]:
    """Return who overtakes whom, from the largest exponent to the smallest.

    Args:
        curve: The board under exponents that fall; places are compared between neighbours.
        board: The board.
        treatment: What is done to its cells.
        rows: Positions of the rows that are compared with one another.
    """
    sides = (treat(board, treatment, 0.0), treat(board, treatment, 1.0))
    found = []
    for a, b in itertools.combinations(rows, 2):
        lead = curve.scores[:, a] - curve.scores[:, b]
        apart = np.flatnonzero(np.abs(lead) > TIE * sides[1].unit)  # NaN is not
        for i, j in itertools.pairwise(apart.tolist()):
            if (lead[i] > 0) != (lead[j] > 0):
                p = _turn(sides, a, b, float(curve.p[i]), float(curve.p[j]))
                found.append(Overtaking(p, *((a, b) if lead[j] > 0 else (b, a))))
    return sorted(found, key=lambda turn: (-turn.p, turn.row, turn.rival))


def _turn(sides: tuple[Matrix, Matrix], a: int, b: int, high: float, low: float) -> float:
    """Return where the lead of a over b, of one sign at `high`, has another."""
    ahead = _lead(sides, a, b, high) > 0
    while high - low > _DIGITS:
        middle = (high + low) / 2
        if (_lead(sides, a, b, middle) > 0) == ahead:
            high = middle
        else:
            low = middle
    return (high + low) / 2


def _lead(sides: tuple[Matrix, Matrix], a: int, b: int, p: float) -> float:
    matrix = sides[p > 0]
    one, other = power_means(_both(matrix, a, b), p)
    return float(one - other)


def _both(matrix: Matrix, a: int, b: int) -> NDArray[np.float64]:
    return matrix.values[[a, b]] + matrix.shift
