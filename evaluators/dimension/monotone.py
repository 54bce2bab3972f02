"""Rising curves and the limits of success rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def isotonic(values: Floats, weights: Floats | None = None) -> Floats:
    """Return the non-decreasing curve nearest to `values` in weighted least squares.

    Args:
        values: Shape (k,).
        weights: Positive, shape (k,); equal where None.
    """
    from scipy.optimize import isotonic_regression

    fitted: Floats = isotonic_regression(values, weights=weights).x
    return fitted


def binomial_limits(successes: Floats, trials: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's limits of success rates, each of the counts' shape."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = betaincinv(successes, trials - successes + 1, tail)
        high = betaincinv(successes + 1, trials - successes, 1 - tail)
    return np.where(successes == 0, 0.0, low), np.where(successes == trials, 1.0, high)
