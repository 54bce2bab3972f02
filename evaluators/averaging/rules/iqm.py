"""The interquartile mean: the mean of the middle half of a model's scores.

Agarwal et al. 2021 (NeurIPS, rliable): the lowest and the highest quarter, each rounded down to
whole scores, are left out, as `scipy.stats.trim_mean(x, 0.25)` does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NO_WEIGHTS = "a quarter of the weight at both ends need not be whole scores"
GAPS = True


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) interquartile means over (n, g)."""
    ordered = np.sort(values, axis=1)  # NaN last
    present = (~np.isnan(values)).sum(axis=1, keepdims=True)
    cut = present // 4
    place = np.arange(values.shape[1])
    middle = (place >= cut) & (place < present - cut)
    return np.asarray(np.mean(ordered, axis=1, where=middle))
