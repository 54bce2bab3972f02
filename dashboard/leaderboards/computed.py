"""Compute and cache what the leaderboard page shows: intervals, curves, overtakings.

`evaluators.averaging.crossing` finds every crossing of a pair over all exponents, which takes close
models on many tasks 20 ms a pair. Here ranks on a grid of exponents say which pairs change places
between two of them, and bisection finds the exponent; a pair that changes places twice within one
step is missed, which the page says.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evaluators.averaging import Board, Matrix, Treatment, find_treatment, power_means, treat
from evaluators.averaging.audit import Audit, audit
from evaluators.averaging.curve import Curve, curve, grid
from evaluators.averaging.ranking import TIE
from evaluators.averaging.stability import LeaveOneOut, bootstrap, contest, leave_one_out
from evaluators.averaging.standing import Standing, find_standing

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


DRAWS, SEED = 10_000, 0
"""Of the bootstrap over tasks: fixed, so that a link shows everyone the same numbers."""

LEAST, MOST, STEP = -10.0, 5.0, 0.25
"""The range of exponents of charts, which is also that of the slider, and its step."""


class Spread(NamedTuple):
    """Uncertainty of the ranks.

    Attributes:
        tasks: How many tasks were drawn from.
        ranks: 95% interval of the rank of each ranked row, by its position.
        first: Probability of being first, likewise.
    """

    tasks: int
    ranks: dict[int, tuple[int, int]]
    first: dict[int, float]


@st.cache_data(max_entries=128, show_spinner="Resampling the tasks …")
def spread(board_id: str, treatment: str, p: float, _board: Board) -> Spread:
    """Return 95% rank intervals from a bootstrap over tasks.

    Raises:
        TreatmentError: If no row has a rank.
    """
    found = bootstrap(_board, find_treatment(treatment), {"": p}, resamples=DRAWS, seed=SEED)[""]
    at = found.contest.positions.tolist()
    ends = found.rank_intervals().tolist()
    return Spread(
        tasks=len(found.contest.tasks),
        ranks={i: (low, high) for i, (low, high) in zip(at, ends, strict=True)},
        first=dict(zip(at, found.first().tolist(), strict=True)),
    )


@st.cache_data(max_entries=128, show_spinner="Resampling the tasks …")
def chances(board_id: str, treatment: str, p: float, row: int, _board: Board) -> dict[int, float]:
    """Return the probability that a row is above each other ranked row, ties half."""
    found = bootstrap(_board, find_treatment(treatment), {"": p}, resamples=DRAWS, seed=SEED)[""]
    above = found.above_all(found.contest.row(row)).tolist()
    return dict(zip(found.contest.positions.tolist(), above, strict=True))


@st.cache_data(max_entries=64, show_spinner="Ranking under every exponent …")
def over_exponents(board_id: str, treatment: str, _board: Board) -> Curve:
    """Return scores and ranks of every row from the largest exponent to the smallest."""
    exponents: NDArray[np.float64] = grid(LEAST, MOST, STEP)[::-1]
    return curve(_board, find_treatment(treatment), exponents)


@st.cache_data(max_entries=128, show_spinner="Looking for the exponents where ranks change …")
def stands(board_id: str, treatment: str, row: int, _board: Board) -> Standing:
    """Return the rank of a row under every exponent, and its order against every other row.

    Raises:
        TreatmentError: If it has no mean under any.
    """
    return find_standing(_board, find_treatment(treatment), row)


@st.cache_data(max_entries=64, show_spinner="Comparing the rows in the chart, pair by pair …")
def among(board_id: str, treatment: str, rows: tuple[int, ...], _board: Board) -> list[Overtaking]:
    """Return who overtakes whom among some rows as the exponent falls."""
    found = over_exponents(board_id, treatment, _board)
    return find_overtakings(found, _board, find_treatment(treatment), rows)


@st.cache_data(max_entries=64, show_spinner="Ranking without each task …")
def without_each(board_id: str, treatment: str, p: float, _board: Board) -> LeaveOneOut:
    """Return the ranking without each task in turn.

    Raises:
        TreatmentError: If there is one task only, or no row has a rank.
    """
    return leave_one_out(contest(_board, find_treatment(treatment), p))


@st.cache_data(max_entries=32, show_spinner="Recomputing the published averages …")
def audited(board_id: str, _board: Board) -> Audit:
    """Compare the board with its own published averages, under every treatment."""
    return audit(_board)
