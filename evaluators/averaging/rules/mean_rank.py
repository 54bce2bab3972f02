"""The mean of a model's places in the columns, tied models sharing the mean of theirs; negated.

The score is minus the mean place, so that higher is better: −1 for who is first everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import mean_places

GAPS = False
ORDER = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) negated mean places over (n, g)."""
    return np.asarray(-mean_places(values).sum(axis=1) / values.shape[1])


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) negated weighted mean places over (n, g)."""
    return np.asarray(-(mean_places(values) @ weights) / weights.sum())
