"""Predict each cell of a board from the effects of its row and its column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 8
_FLOOR = 0.005


@dataclass(frozen=True, eq=False)
class Expected:
    """Fit of row effect + column effect by medians (Tukey's median polish).

    Attributes:
        values: (n, c) fitted cells, NaN where the row or the column is empty.
        spread: (c,) typical distance of the column's cells from the fit (1.4826 × median).
    """

    values: NDArray[np.float64]
    spread: NDArray[np.float64]

    def distance(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, c) distances from the fit, in spreads of the column; NaN for gaps."""
        return np.abs(values - self.values) / self.spread


def expected(values: NDArray[np.float64], unit: float = 100.0) -> Expected:
    """Fit row and column effects by medians, which a few wrong cells do not move.

    Args:
        values: (n, c), NaN for a gap.
        unit: The perfect score; a spread is at least 0.005 of it.
    """
    rest = np.array(values, dtype=np.float64)
    rows, columns = np.zeros(rest.shape[0]), np.zeros(rest.shape[1])
    for _ in range(_ROUNDS):
        step = _medians(rest.T)
        columns += step
        rest = rest - step
        step = _medians(rest)
        rows += step
        rest = rest - step[:, None]
    gaps: NDArray[np.bool_] = np.isnan(values)
    empty = np.all(gaps, axis=1, keepdims=True) | np.all(gaps, axis=0)
    fitted = np.where(empty, np.nan, rows[:, None] + columns)
    spread = 1.4826 * _medians(np.abs(rest).T)
    return Expected(values=fitted, spread=np.maximum(spread, _FLOOR * unit))


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return medians along the last axis, 0 where there are only gaps."""
    if not values.size:
        return np.zeros(values.shape[:-1])
    all_gaps = np.all(np.isnan(values), axis=-1, keepdims=True)
    return np.asarray(np.nanmedian(np.where(all_gaps, 0.0, values), axis=-1))
