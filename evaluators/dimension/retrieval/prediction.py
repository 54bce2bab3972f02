"""recall@1 predicted without drawing a number, for synthetic items under a Gaussian projection.

A query is right where the cosine of its own item exceeds those of all N - 1 others:

    recall(n) = E_R  ∫ f_n(c) F_n(c | R)^(N-1) dc

with the laws of `evaluators.dimension.retrieval.cosine_law`. As N grows, n at a fixed recall
approaches -2 / ln(1 - rho²) · ln N, from below by a term in ln ln N.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.retrieval.cosine_law import StrangerLaw, pair_density, stretches

Floats = NDArray[np.float64]

_POINTS = 601


def asymptotic_slope(rho: float) -> float:
    """Return -2 / ln(1 - rho²), the dimensions a further factor of e in N costs in the end."""
    return -2 / math.log1p(-rho * rho)


def predicted_recall(n: int, items: int, rho: float, d: int | None = None) -> float:
    """Return the probability that a query's own item is the nearest of all.

    Ties count against the query, as in the measurement, which matters for n = 1 alone: there
    every cosine is 1 or -1.

    Args:
        n: Dimensions kept, at least 1.
        items: Number of items N, at least 2.
        rho: Cosine between query and item before the projection, 0 < rho < 1.
        d: Dimensions before the projection; None: so many that the items are isotropic after it.
    """
    if n == 1:
        return (0.5 + math.asin(rho) / math.pi) * math.exp(-(items - 1) * math.log(2))
    width = 10 / math.sqrt(n) + 30 / n  # of atanh(cosine): normal within, exponential beyond
    z = np.linspace(math.atanh(rho) - width, math.atanh(rho) + width, _POINTS)
    density = pair_density(z, n, rho) * (z[1] - z[0])
    law = StrangerLaw(n, d, float(np.abs(z).max()) + 0.5)
    total = 0.0
    for stretch, weight in zip(*stretches(n, d), strict=True):
        above = law.survival(np.abs(z), float(stretch))
        log_below = np.where(z >= 0, np.log1p(-above), np.log(above))
        total += float(weight) * float(density @ np.exp((items - 1) * log_below))
    return min(total, 1.0)


def predicted_curve(
    dims: Sequence[int], items: int, rho: float, d: int | None = None
) -> tuple[float, ...]:
    """Return `predicted_recall` at each number of dimensions."""
    return tuple(predicted_recall(n, items, rho, d) for n in dims)
