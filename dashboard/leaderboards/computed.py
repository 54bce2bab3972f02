"""What takes more than a moment to compute, kept by the board's import, treatment and exponent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dashboard.leaderboards.overtakings import Overtaking, find_overtakings
from evaluators.averaging import Board, find_treatment
from evaluators.averaging.audit import Audit, audit
from evaluators.averaging.curve import Curve, curve, grid
from evaluators.averaging.stability import LeaveOneOut, bootstrap, contest, leave_one_out
from evaluators.averaging.standing import Standing, find_standing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS, SEED = 10_000, 0
"""Of the bootstrap over tasks: the same for everybody, so that a link shows the same numbers."""

LEAST, MOST, STEP = -10.0, 5.0, 0.25
"""The exponents that charts run over; the slider's ends and step."""


class Spread(NamedTuple):
    """How sure ranks are.

    Attributes:
        tasks: How many tasks were drawn from.
        ranks: 95% interval of the rank of each ranked row, by its position.
        first: Probability of being first, likewise.
    """

    tasks: int
    ranks: dict[int, tuple[int, int]]
    first: dict[int, float]


@st.cache_data(max_entries=128, show_spinner="Drawing the tasks anew …")
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


@st.cache_data(max_entries=128, show_spinner="Drawing the tasks anew …")
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
    """Return where a row stands under every exponent, and it against every other row.

    Raises:
        TreatmentError: If it has no mean under any.
    """
    return find_standing(_board, find_treatment(treatment), row)


@st.cache_data(max_entries=64, show_spinner="Comparing the rows drawn, pair by pair …")
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
    """Return the board held against its own published averages, under every treatment."""
    return audit(_board)
