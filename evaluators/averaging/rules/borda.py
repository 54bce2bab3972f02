"""Borda: in each column a point for every model that one is above, half for every tie.

With nothing missing the order is that of `mean-rank` and `mean-win-rate`, and of `bradley-terry`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import mean_places

GAPS = False
ORDER = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g); at most (n − 1)·g."""
    return np.asarray((len(values) - mean_places(values)).sum(axis=1))


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g), those of a column times its weight (g,)."""
    return np.asarray((len(values) - mean_places(values)) @ weights)
