"""Compute and cache the intervals, curves and overtakings of the page.

`evaluators.averaging.crossing` finds every crossing of a pair over all exponents, which takes 20 ms
per pair for close models on many tasks. Here ranks on a grid of exponents show which pairs change
places between two of them, and bisection finds the exponent; a pair that changes places twice
within one step is missed, which the page says.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.language import cached, mark
from evaluators.averaging import Board, Matrix, Treatment, treat
from evaluators.averaging.audit import Audit, audit
from evaluators.averaging.curve import Curve, curve, grid
from evaluators.averaging.pareto import Front, pareto_front
from evaluators.averaging.ranking import TIE
from evaluators.averaging.stability import LeaveOneOut, bootstrap, contest, leave_one_out
from evaluators.averaging.stability.pair import PairedModels, paired_models
from evaluators.averaging.stability.resolution import Resolution, board_resolution
from evaluators.averaging.standing import Standing, find_standing

_DIGITS = 1e-9


class Overtaking(NamedTuple):
    """One row overtakes another as p falls.

    Attributes:
        p: The exponent at which they change places.
        row: Position of the row that is above for smaller p.
        rival: Position of the row that is above for larger p.
    """

    p: float
    row: int
    rival: int


def find_overtakings(
    curve: Curve, board: Board, treatment: Treatment, rows: tuple[int, ...]
) -> list[Overtaking]:
    """Return the overtakings, from the largest exponent to the smallest.

    Args:
        curve: The board under falling exponents, of which neighbours are compared.
        board: The board.
        treatment: The treatment of its cells.
        rows: Positions of the rows to compare with one another.
    """
    sides = (treat(board, treatment, 0.0), treat(board, treatment, 1.0))
    overtakings = []
    for a, b in itertools.combinations(rows, 2):
        lead = curve.scores[:, a] - curve.scores[:, b]
        untied = np.flatnonzero(np.abs(lead) > TIE * sides[1].unit)  # False for NaN
        for i, j in itertools.pairwise(untied.tolist()):
            if (lead[i] > 0) != (lead[j] > 0):
                p = _bisect_turn(sides, a, b, float(curve.p[i]), float(curve.p[j]))
                overtakings.append(Overtaking(p, *((a, b) if lead[j] > 0 else (b, a))))
    return sorted(overtakings, key=lambda turn: (-turn.p, turn.row, turn.rival))


def _bisect_turn(sides: tuple[Matrix, Matrix], a: int, b: int, high: float, low: float) -> float:
    """Return the exponent between `high` and `low` at which a's lead changes sign."""
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
    first, second = matrix.means(matrix.values[[a, b]], p)
    return float(first - second)


DRAWS, SEED = 10_000, 0
"""Constants of the bootstrap over tasks, so that a link shows everyone the same numbers."""

_LARGE, _FEWER = 1_000, 2_000


def draws(ranked: int) -> int:
    """Return the number of resamples for a board: fewer where 10,000 would take five seconds."""
    return _FEWER if ranked > _LARGE else DRAWS


LEAST, MOST, STEP = -10.0, 5.0, 0.25
"""The range and the step of the exponents of charts; the slider has the same range."""


class Spread(NamedTuple):
    """Uncertainty of the ranks.

    Attributes:
        tasks: Number of tasks.
        ranks: 95% interval of the rank of each ranked row, by its position.
        first: Probability of being first of each ranked row, by its position.
    """

    tasks: int
    ranks: dict[int, tuple[int, int]]
    first: dict[int, float]


UNKNOWN = Spread(2, {}, {})
"""While intervals are computed."""


@st.cache_resource(show_spinner=False)
def _opened() -> set[tuple[str, str, float]]:
    return set()


def first_time(board_id: str, treatment: Treatment, p: float) -> bool:
    """Return whether nobody has opened this view, so that its intervals are still to be computed.

    What it answers is not needed to be right: it says when a table is worth drawing twice.
    """
    views, view = _opened(), (board_id, treatment.name, p)
    if view in views:
        return False
    views.add(view)
    return True


@cached(max_entries=128, spinner=mark("Resampling the tasks …"))
def spread(board_id: str, treatment: Treatment, p: float, _board: Board) -> Spread:
    """Return 95% rank intervals from a bootstrap over tasks.

    Raises:
        TreatmentError: If no row has a rank.
    """
    count = draws(len(_board.models))
    sample = bootstrap(_board, treatment, {"": p}, resamples=count, seed=SEED)[""]
    positions = sample.contest.positions.tolist()
    ends = sample.rank_intervals().tolist()
    return Spread(
        tasks=len(sample.contest.tasks),
        ranks={i: (low, high) for i, (low, high) in zip(positions, ends, strict=True)},
        first=dict(zip(positions, sample.first().tolist(), strict=True)),
    )


@cached(max_entries=128, spinner=mark("Resampling the tasks …"))
def front_over(board_id: str, treatment: Treatment, p: float, fact: str, _board: Board) -> Front:
    """Return the models that no other is both at most as large and better than.

    Raises:
        TreatmentError: No ranked model has a known size.
    """
    return pareto_front(_board, treatment, p, fact, resamples=DRAWS, seed=SEED)


@cached(max_entries=64, spinner=mark("Comparing the tasks …"))
def resolution(board_id: str, treatment: Treatment, _board: Board) -> Resolution:
    """Return what the board can tell.

    Raises:
        TreatmentError: The board has too few tasks or models, or its ranked rows have gaps.
    """
    return board_resolution(_board, treatment)


@cached(max_entries=128, spinner=mark("Resampling the tasks …"))
def chances(
    board_id: str, treatment: Treatment, p: float, row: int, _board: Board
) -> dict[int, float]:
    """Return the probability that a row is above each other one; ties count half."""
    sample = bootstrap(_board, treatment, {"": p}, resamples=DRAWS, seed=SEED)[""]
    above = sample.above_all(sample.contest.row(row)).tolist()
    return dict(zip(sample.contest.positions.tolist(), above, strict=True))


@cached(max_entries=128, spinner=mark("Resampling the tasks …"))
def paired(
    board_id: str, treatment: Treatment, p: float, first: int, second: int, _board: Board
) -> PairedModels:
    """Return two models compared task by task.

    Raises:
        TreatmentError: One of the two has no rank, or they share no task.
    """
    return paired_models(_board, treatment, p, first, second, resamples=DRAWS, seed=SEED)


@cached(max_entries=64, spinner=mark("Ranking under every exponent …"))
def over_exponents(board_id: str, treatment: Treatment, _board: Board) -> Curve:
    """Return scores and ranks of every row from the largest exponent to the smallest."""
    exponents: NDArray[np.float64] = grid(LEAST, MOST, STEP)[::-1]
    return curve(_board, treatment, exponents)


@cached(max_entries=128, spinner=mark("Looking for the exponents where ranks change …"))
def stands(board_id: str, treatment: Treatment, row: int, _board: Board) -> Standing:
    """Return the rank of a row, and its order against others, under every exponent.

    Raises:
        TreatmentError: If the row has no mean under any exponent.
    """
    return find_standing(_board, treatment, row)


@cached(max_entries=64, spinner=mark("Comparing the rows in the chart, pair by pair …"))
def among(
    board_id: str, treatment: Treatment, rows: tuple[int, ...], _board: Board
) -> list[Overtaking]:
    """Return the overtakings among some rows as the exponent falls."""
    curves = over_exponents(board_id, treatment, _board)
    return find_overtakings(curves, _board, treatment, rows)


@cached(max_entries=64, spinner=mark("Ranking without each task …"))
def without_each(board_id: str, treatment: Treatment, p: float, _board: Board) -> LeaveOneOut:
    """Return the ranking without each task in turn.

    Raises:
        TreatmentError: If there is only one task, or no row has a rank.
    """
    return leave_one_out(contest(_board, treatment, p))


@cached(max_entries=32, spinner=mark("Recomputing the published averages …"))
def audited(board_id: str, _board: Board) -> Audit:
    """Compare the board with its own published averages, under every treatment."""
    return audit(_board)
