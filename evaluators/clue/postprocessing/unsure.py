"""How unsure a prediction is: the entropy of its best classes, from 0 to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def uncertainty(probabilities: Floats, k: int) -> Floats:
    """Return the entropy of the best `k`, renormalised, over log k, of each row.

    Args:
        probabilities: Shape (n, classes).
        k: 2 or more; all classes, where there are fewer.
    """
    classes = probabilities.shape[1]
    if k < classes:
        best = np.partition(probabilities, classes - k, axis=1)[:, classes - k :]
    else:
        k, best = classes, probabilities
    best = best / best.sum(axis=1, keepdims=True)
    entropy: Floats = -(best * _log(best)).sum(axis=1) / np.log(k)
    return entropy


def official_uncertainty(probabilities: Floats) -> Floats:
    """Return the largest `uncertainty` over all k from 2 to all classes, of each row.

    https://github.com/KMnP/can, `get_confused_instances_topk`, calls a row confused where any of
    them reaches the threshold. With S the sum of the best k and E that of p log p, the entropy
    of the best k is log S − E / S: one cumulative sum gives all k.
    """
    best = -np.sort(-probabilities, axis=1)
    mass = best.cumsum(axis=1)[:, 1:]
    entropy = np.log(mass) - (best * _log(best)).cumsum(axis=1)[:, 1:] / mass
    largest: Floats = (entropy / np.log(np.arange(2, best.shape[1] + 1))).max(axis=1)
    return largest


def _log(values: Floats) -> Floats:
    # 0 log 0 is 0.
    return np.log(values, out=np.zeros_like(values), where=values > 0)
