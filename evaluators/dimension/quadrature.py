"""The same two numbers as `bessel`, by integrating over the angle: an independent check.

The density of the angle t between random directions of R^n is proportional to sin^{n-2} t. The
integrand exp(λ cos t) sin^{n-2} t has one peak, where λ sin² t = (n - 2) cos t, and is nothing
12 widths away from it: Gauss and Legendre's rule on that window, relative to the peak.
"""

from __future__ import annotations

import math

import numpy as np

from evaluators.dimension.bessel import Tilted, dimension_checked

_NODES = 256
_WIDTHS = 12.0


def tilted_by_quadrature(n: int) -> Tilted:
    """Return ln E[exp(n cos)] and the mean cosine for n dimensions.

    Raises:
        ScoreError: n is no whole number from 2 to a million.
    """
    n = dimension_checked(n)
    weighted, cosine = _integral(n, float(n))
    plain, _ = _integral(n, 0.0)
    return Tilted(weighted - plain, cosine)


def _integral(n: int, strength: float) -> tuple[float, float]:
    """Return ln ∫ exp(λ cos t) sin^{n-2} t dt over [0, π], and the mean of cos t under it."""
    half = (n - 2) / 2
    # λ c² + (n-2) c - λ = 0, in the form that neither cancels nor divides by λ = 0.
    peak_cosine = strength / (half + math.hypot(half, strength)) if n > 2 or strength else 0.0
    peak = math.acos(min(1.0, peak_cosine))
    curvature = strength * peak_cosine
    if n > 2:
        curvature += (n - 2) / math.sin(peak) ** 2
    reach = _WIDTHS / math.sqrt(curvature) if curvature else math.pi
    low, high = max(0.0, peak - reach), min(math.pi, peak + reach)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    t = low + (high - low) * (nodes + 1) / 2
    logs = strength * np.cos(t) + (n - 2) * np.log(np.sin(t))
    top = float(logs.max())
    mass = np.exp(logs - top) * weights
    total = float(mass.sum())
    return top + math.log(total * (high - low) / 2), float(mass @ np.cos(t)) / total
