"""How finely a board prints its numbers, and how far rounding alone may push a mean of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board

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
        factor: What brings published averages to the unit of the weighted sum.
    """
    cells = np.array([half_digit(board.values[:, j]) for j in range(len(board.columns))])
    return float(half_digit(board.published) * factor + np.abs(weights) @ cells)


def published_factor(board: Board) -> float:
    """Return what brings the published averages to the board's unit: 1, 100 or 0.01.

    A board may print its cells in per cent and its average as a proportion, or the reverse. A
    ratio near 100 between the two is no matter of how one averages.
    """
    main = [j for j, column in enumerate(board.columns) if column.role == "main"]
    have = ~np.isnan(board.published)
    if not main or not have.any():
        return 1.0
    unit = max(board.columns[j].unit_max for j in main)
    scale = np.array([unit / board.columns[j].unit_max for j in main])
    cells = (board.values[:, main] * scale)[have]
    if np.isnan(cells).all():
        return 1.0
    typical, printed = float(np.nanmedian(cells)), float(np.median(board.published[have]))
    if typical <= 0 or printed <= 0:
        return 1.0
    for factor in (100.0, 0.01):
        if 1 / 3 < typical / (printed * factor) < 3:
            return factor if not 1 / 3 < typical / printed < 3 else 1.0
    return 1.0
