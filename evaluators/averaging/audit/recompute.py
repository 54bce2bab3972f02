"""Recompute a board's averages from its printed cells, within what rounding allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.rule import formula_of
from evaluators.averaging.board import Board, unit_of
from evaluators.averaging.matrix import treat
from evaluators.averaging.means import MEANS, mean_name
from evaluators.averaging.treatment import TREATMENTS, Treatment, find_treatment
from evaluators.errors import TreatmentError

_MOST = 6


def half_digit(values: NDArray[np.float64]) -> float:
    """Return half a unit of the last printed digit: 0.05 for numbers with one decimal.

    Args:
        values: Any shape, as printed; NaN is skipped. Numbers with more than six decimals
            were not rounded for print: the bound is then 0.

    Returns:
        The bound, in the unit of the values; 0 where there are none.
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return 0.0
    for decimals in range(_MOST + 1):
        if np.allclose(known, np.round(known, decimals), rtol=0, atol=1e-9):
            return float(0.5 * 10.0**-decimals)
    return 0.0


def rounding_bound(board: Board, weights: NDArray[np.float64], factor: float = 1.0) -> float:
    """Return how far a published average may lie from Σ w·cell by rounding alone.

    Args:
        board: The board; its columns may be printed to different digits.
        weights: (columns,) weight of each column as printed.
        factor: Factor from published averages to the unit of the weighted sum.
    """
    cells = np.array([half_digit(board.values[:, j]) for j in range(len(board.columns))])
    return float(half_digit(board.published) * factor + np.abs(weights) @ cells)


def published_factor(board: Board) -> float:
    """Return the factor from published averages to the board's unit: 1, 100 or 0.01.

    A board may print its cells in per cent and its average as a proportion, or the reverse. No way
    of averaging explains a ratio near 100 between the two.
    """
    main = [j for j, column in enumerate(board.columns) if column.role == "main"]
    published_rows = ~np.isnan(board.published)
    if not main or not published_rows.any():
        return 1.0
    unit = unit_of(board.columns[j] for j in main)
    scale = np.array([board.columns[j].factor(unit) for j in main])
    cells = (board.values[:, main] * scale)[published_rows]
    if np.isnan(cells).all():
        return 1.0
    typical, printed = float(np.nanmedian(cells)), float(np.median(board.published[published_rows]))
    if typical <= 0 or printed <= 0:
        return 1.0
    for factor in (100.0, 0.01):
        if 1 / 3 < typical / (printed * factor) < 3:
            return factor if not 1 / 3 < typical / printed < 3 else 1.0
    return 1.0


TOLERANCE = 0.1
"""How far a recomputed average may lie from the published one, on a board of per cent."""

FURTHER: tuple[Treatment, ...] = tuple(
    find_treatment(f"{name}+as-printed")
    for name in (
        "main-metric",
        "per-task+splits-twice",
        "per-metric+splits-twice",
        "main-metric+splits-twice",
        "per-task+drop-column",
        "per-task+any-available",
        "per-metric+any-available",
    )
)
"""What is tried where none of the treatments that always exist gives every published average."""

_EPSILON = 1e-9


@dataclass(frozen=True, eq=False)
class Agreement:
    """The averages of one treatment and mean beside the published ones.

    Attributes:
        treatment: The treatment.
        p: Exponent of the mean.
        recomputed: (n,) averages, NaN where the row has none.
        published: (n,) averages as published, in the board's unit; NaN where there is none.
        tolerance: How far apart the two may lie, in the board's unit.
        refused: Reason why the board cannot be averaged like that; empty where it can.
    """

    treatment: Treatment
    p: float
    recomputed: NDArray[np.float64]
    published: NDArray[np.float64]
    tolerance: float
    refused: str = ""

    @property
    def mean(self) -> str:
        """The name of the mean."""
        return mean_name(self.p)

    @property
    def difference(self) -> NDArray[np.float64]:
        """(n,) recomputed − published."""
        return self.recomputed - self.published

    @property
    def agrees(self) -> NDArray[np.bool_]:
        """(n,) whether the difference is within the tolerance; False where one is missing."""
        return np.abs(self.difference) <= self.tolerance + _EPSILON

    @property
    def compared(self) -> int:
        """The number of rows with both averages."""
        return int((~np.isnan(self.difference)).sum())

    @property
    def agree(self) -> int:
        """The number of rows that agree."""
        return int(self.agrees.sum())

    @property
    def worst(self) -> float | None:
        """The largest difference, None where nothing was compared."""
        return float(np.nanmax(np.abs(self.difference))) if self.compared else None

    @property
    def off(self) -> tuple[int, ...]:
        """Rows that were compared and disagree, largest difference first."""
        distances = np.abs(np.where(self.agrees, np.nan, self.difference))
        return tuple(
            int(i) for i in np.argsort(-distances, kind="stable") if not np.isnan(distances[i])
        )


def recompute(
    board: Board, treatment: Treatment, p: float = 1.0, tolerance: float | None = TOLERANCE
) -> Agreement:
    """Recompute a board's averages under one treatment and mean.

    Args:
        board: The board with its published averages.
        treatment: How cells become what is averaged.
        p: Exponent.
        tolerance: For a unit of 100; None for what the printed digits allow.
    """
    n = len(board.models)
    factor = published_factor(board)
    published = board.published * factor
    try:
        matrix = treat(board, treatment, p)
        weights = formula_of(board, treatment, p).column_weights(len(board.columns))
    except TreatmentError as error:
        return Agreement(treatment, p, np.full(n, np.nan), published, 0.0, str(error))
    allowed = (
        rounding_bound(board, weights, factor)
        if tolerance is None
        else tolerance * matrix.unit / 100
    )
    return Agreement(treatment, p, matrix.scores(p), published, allowed)


def recompute_all(
    board: Board,
    treatments: Iterable[Treatment] = tuple(TREATMENTS.values()),
    means: Mapping[str, float] = MEANS,
    tolerance: float | None = TOLERANCE,
) -> tuple[Agreement, ...]:
    """Recompute a board's averages under several treatments, each under several means."""
    return tuple(recompute(board, t, p, tolerance) for t in treatments for p in means.values())


def best_fit(agreements: Iterable[Agreement]) -> Agreement | None:
    """Return the treatment and mean that give most published averages, None if all give none.

    Among equals: the one with fewer disagreeing rows, then the closest, then the first.
    """
    agreeing = [agreement for agreement in agreements if agreement.agree]
    return min(
        agreeing,
        key=lambda a: (-a.agree, a.compared - a.agree, round(a.worst or 0, 9)),
        default=None,
    )
