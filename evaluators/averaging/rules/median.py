"""The median of a model's scores.

With weights: the score below and above which there is at most half of the weight; where two
neighbours both are that, their mean, as without weights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GAPS = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) medians over (n, g); the mean of the middle two where their number is even."""
    return np.asarray(np.nanmedian(values, axis=1))


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) weighted medians over (n, g)."""
    order = np.argsort(values, axis=1)  # NaN last
    ordered = np.take_along_axis(values, order, axis=1)
    entering = np.where(np.isnan(ordered), 0.0, weights[order])
    below = np.cumsum(entering, axis=1)
    half = below[:, -1:] / 2
    rounding = 1e-9 * half
    low = np.argmax(below >= half - rounding, axis=1)
    high = np.argmax(below > half + rounding, axis=1)
    rows = np.arange(len(values))
    return np.asarray((ordered[rows, low] + ordered[rows, high]) / 2)
