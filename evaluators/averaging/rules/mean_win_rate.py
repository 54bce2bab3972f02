"""Mean win rate: the share of the other models that one is above, ties half, averaged over columns.

As HELM does, a column that a model lacks is skipped for it, and models that lack a column are no
opponents there. Who has no opponent in any column scores 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import mean_places

GAPS = True
ORDER = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) mean win rates, 0 to 1, over (n, g)."""
    rates, met = _rates(values)
    return np.asarray(rates.sum(axis=1) / np.maximum(met.sum(axis=1), 1))


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) win rates over (n, g), averaged with the weights (g,) of the columns met."""
    rates, met = _rates(values)
    total = met @ weights
    return np.asarray((rates @ weights) / np.where(total > 0, total, 1.0))


def _rates(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (n, g) win rates, 0 where there is none, and where there is one."""
    present = ~np.isnan(values)
    entrants = present.sum(axis=0)
    met = present & (entrants > 1)
    places = np.where(met, mean_places(values), 0.0)
    return np.where(met, (entrants - places) / np.maximum(entrants - 1, 1), 0.0), met
