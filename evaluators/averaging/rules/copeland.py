"""Copeland: duels won minus duels lost; a duel is won by who is above in more columns.

A column in which the two tie counts for neither, a duel with as many columns on each side likewise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import duels

GAPS = False
ORDER = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) wins minus losses, from −(n − 1) to n − 1, of (n, g)."""
    scores = np.empty(len(values))
    for block, margin in duels(values):
        scores[block] = (margin > 0).sum(axis=1) - (margin < 0).sum(axis=1)
    return scores


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) wins minus losses, a duel won by who is above in columns of more weight (g,)."""
    drawn = 1e-9 * weights.sum()  # 0.1 + 0.2 against 0.3 is a draw
    scores = np.empty(len(values))
    for i, own in enumerate(values):
        margin = np.sign(own - values) @ weights
        scores[i] = (margin > drawn).sum() - (margin < -drawn).sum()
    return scores
