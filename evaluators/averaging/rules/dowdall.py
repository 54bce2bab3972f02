"""Dowdall: a first place gives 1, a second 1/2, a third 1/3; tied models share theirs equally.

The positional rule of Nauru. Two models tied for first get (1 + 1/2) / 2 each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import tie_groups

GAPS = False
ORDER = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g); at most g."""
    return np.asarray(_points(values).sum(axis=1))


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g), those of a column times its weight (g,)."""
    return np.asarray(_points(values) @ weights)


def _points(values: NDArray[np.float64]) -> NDArray[np.float64]:
    first, last = tie_groups(values)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, len(values) + 1))])
    return np.asarray((harmonic[last] - harmonic[first - 1]) / (last - first + 1))
