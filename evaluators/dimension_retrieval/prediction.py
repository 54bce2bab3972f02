"""Predict recall@1 of random items under a Gaussian projection, without simulation.

A query is right where the cosine of its own item exceeds those of all N - 1 others:

    recall(n) = E_R  ∫ f_n(c) F_n(c | R)^(N-1) dc

with the laws of a projected pair's cosine and of a stranger's, as follows. As N grows, n at a fixed
recall approaches -2 / ln(1 - rho²) · ln N, from below by a term in ln ln N.

G is an n by d matrix of independent standard normal numbers, q and x are unit vectors of R^d.

*A pair with cosine rho.* The coordinates of Gq and Gx are n independent pairs of normal numbers
with correlation rho, so their cosine is a sample correlation about a known mean of zero: R. A.
Fisher's density (Biometrika 10, 1915; closed form Hotelling 1953, eq. 25) with n degrees of
freedom where Pearson's correlation of n + 1 pairs has n.

*A stranger*, uniform on the sphere of R^d. In an isotropic R^n the squared cosine would be
Beta(1/2, (n-1)/2). After a Gaussian projection it is wider by about 1 + n/d, since Gq leans to
the directions that G stretches. Turn the rows of G so that the first points along Gq: its length
R is chi with n + d - 1 degrees of freedom, the other rows are normal and orthogonal to q. With s
the cosine between the stranger and that first row,

    cos² = R² s² / (R² s² + m W),    W ~ chi²(n - 1),    s² ~ Beta(1/2, (d-1)/2),

m = 1 - <q, x>², replaced by its mean given s. R is shared by all strangers of one query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISE = (0.02, 0.99)
"""Predicted recall of isotropic items at the ends of the default grid."""
_POINTS = 601
_STEP = 0.01  # of the tabulated stranger's law, in atanh of the cosine
_NODES = 192


def asymptotic_slope(rho: float) -> float:
    """Return -2 / ln(1 - rho²), the limit of the dimensions that a factor e in N costs."""
    return -2 / math.log1p(-rho * rho)


def predicted_recall(n: int, items: int, rho: float, d: int | None = None) -> float:
    """Return the probability that a query's own item is the nearest of all.

    Ties count against the query, as in the measurement, which matters for n = 1 alone: there
    every cosine is 1 or -1.

    Args:
        n: Dimensions kept, at least 1.
        items: Number of items N, at least 2.
        rho: Cosine between query and item before the projection, 0 < rho < 1.
        d: Dimensions before the projection; None for the limit in which items are isotropic.
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


def geometric_dims(least: int, most: int, ratio: float) -> tuple[int, ...]:
    """Return whole numbers from `least` to `most`, each about `ratio` times the last."""
    dims = [least]
    while dims[-1] < most:
        dims.append(min(most, max(dims[-1] + 1, round(dims[-1] * ratio))))
    return tuple(dims)


def dims_around_the_rise(items: int, rho: float, d: int, ratio: float = 1.1) -> tuple[int, ...]:
    """Return a grid of dimensions over which recall is predicted to rise.

    Args:
        items: N.
        rho: Cosine of query and item.
        d: Dimensions before the projection, the largest of the grid.
        ratio: Ratio of neighbours.
    """
    low = high = 2
    while high < d and predicted_recall(high, items, rho) < RISE[1]:
        high = max(high + 1, int(high * 1.15))
        if predicted_recall(high, items, rho) < RISE[0]:
            low = high
    stretched = min(d, round(high * (1 + high / d)))  # finite d: see the module's docstring
    return geometric_dims(low, max(stretched, min(d, low + 1)), ratio)


def pair_density(z: Floats, n: int, rho: float) -> Floats:
    """Return the density of atanh(cosine) of a projected pair, at z.

    Args:
        z: Any shape.
        n: Dimensions kept, at least 2.
        rho: Cosine before the projection, -1 < rho < 1.
    """
    from scipy.special import gammaln, hyp2f1

    cosine = np.tanh(z)
    flat = 2 * np.log(np.cosh(z))  # -ln(1 - cosine²), also where the cosine rounds to 1
    log = (
        np.log(n - 1)
        + gammaln(n)
        - gammaln(n + 0.5)
        - 0.5 * np.log(2 * np.pi)
        + n / 2 * np.log1p(-rho * rho)
        - (n - 1) / 2 * flat
        - (n - 0.5) * np.log1p(-rho * cosine)
    )
    density: Floats = np.exp(log) * hyp2f1(0.5, 0.5, n + 0.5, (1 + rho * cosine) / 2)
    return density


class StrangerLaw:
    """The law of a stranger's cosine in n of d dimensions.

    Args:
        n: Dimensions kept, at least 2.
        d: Dimensions before; None for the limit of large d, isotropic in n dimensions.
        reach: The largest atanh(cosine) that is evaluated.
    """

    def __init__(self, n: int, d: int | None, reach: float) -> None:
        from scipy.interpolate import CubicSpline

        self._table: Any = None
        self.n, self.d = n, d
        if d is not None:
            grid = np.linspace(0.0, reach, int(reach / _STEP) + 2)
            self._table = CubicSpline(grid, np.log(_survival(grid, n, d)))

    def survival(self, z: Floats, stretch: float = 1.0) -> Floats:
        """Return P(atanh(cosine) > z) for z >= 0.

        Args:
            z: Any shape.
            stretch: R² over its mean.
        """
        if self._table is None:
            return isotropic_survival(z, self.n)
        isotropic_z = np.arcsinh(np.sinh(z) / np.sqrt(stretch))  # R enters by R² / sinh² z alone
        probability: Floats = np.exp(np.minimum(self._table(isotropic_z), -np.log(2)))
        return probability


def isotropic_survival(z: Floats, n: int) -> Floats:
    """Return P(cosine > tanh z) of independent directions in n dimensions, z >= 0."""
    from scipy.special import betainc

    probability: Floats = 0.5 * betainc((n - 1) / 2, 0.5, 1 / np.cosh(z) ** 2)
    positive: Floats = np.maximum(probability, np.finfo(np.float64).tiny)
    return positive


def stretches(n: int, d: int | None) -> tuple[Floats, Floats]:
    """Return values of R² over its mean and their weights (quantiles at Gauss-Hermite nodes)."""
    from scipy.special import gammaincinv, ndtr

    if d is None:
        return np.ones(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    half = (n + d - 1) / 2
    values: Floats = gammaincinv(half, ndtr(nodes)) / half
    return values, weights / weights.sum()


@lru_cache(maxsize=8)
def _nodes(d: int) -> tuple[Floats, Floats]:
    """Return quadrature nodes s > 0 and the logarithm of weight times density at each."""
    from scipy.special import gammaln

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    far = min(np.pi / 2, 14 / np.sqrt(d))  # s = sin t; beyond, the density is below 1e-40
    t = far * (nodes + 1) / 2
    norm = gammaln(d / 2) - gammaln((d - 1) / 2) - 0.5 * np.log(np.pi)
    return np.sin(t), norm + (d - 2) * np.log(np.cos(t)) + np.log(weights * far / 2)


def _survival(z: Floats, n: int, d: int) -> Floats:
    """Integrate over s at the mean of R², for z rising from 0, where the result is 1/2."""
    from scipy.special import gammainc

    s, weight = _nodes(d)
    lean = n / (n + d - 1)  # the share of Gq's own direction in the first row
    rest = 1 - s * s * lean - (1 - s * s) * (1 - lean) / (d - 1)
    probability = np.full(z.shape, 0.5)
    x = (n + d - 1) * s * s / rest / (2 * np.sinh(z[1:, None]) ** 2)
    probability[1:] = gammainc((n - 1) / 2, x) @ np.exp(weight)
    positive: Floats = np.maximum(probability, np.finfo(np.float64).tiny)
    return positive
