"""What a cell would be if its row were as good, and its column as easy, as everywhere else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 8
_FLOOR = 0.005


@dataclass(frozen=True, eq=False)
class Expected:
    """Row effect + column effect, fitted by medians (Tukey's median polish).

    Attributes:
        values: (n, c), NaN where row or column has nothing to go by.
        spread: (c,) typical distance of the column's cells from it (1.4826 × median).
    """

    values: NDArray[np.float64]
    spread: NDArray[np.float64]

    def distance(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, c): how far cells lie from it, in spreads of their column; NaN for gaps."""
        return np.abs(values - self.values) / self.spread


def expected(values: NDArray[np.float64], unit: float = 100.0) -> Expected:
    """Fit row and column effects by medians, so that a few wrong cells do not move them.

    Args:
        values: (n, c), NaN for a gap.
        unit: What a perfect score is; no spread is taken below half a hundredth of it.
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
    """Medians along the last axis, 0 where there is nothing but gaps."""
    if not values.size:
        return np.zeros(values.shape[:-1])
    bare = np.all(np.isnan(values), axis=-1, keepdims=True)
    return np.asarray(np.nanmedian(np.where(bare, 0.0, values), axis=-1))
