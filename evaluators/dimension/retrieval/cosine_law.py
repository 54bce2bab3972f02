"""Cosines after a Gaussian projection: the law of the true pair's and of a stranger's.

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

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 0.01  # of the tabulated stranger's law, in atanh of the cosine
_NODES = 192


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
    found: Floats = np.exp(log) * hyp2f1(0.5, 0.5, n + 0.5, (1 + rho * cosine) / 2)
    return found


class StrangerLaw:
    """The law of a stranger's cosine in n of d dimensions.

    Args:
        n: Dimensions kept, at least 2.
        d: Dimensions before; None: isotropic in n dimensions, the limit of large d.
        reach: The largest atanh(cosine) that will be asked for.
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
        same = np.arcsinh(np.sinh(z) / np.sqrt(stretch))  # R enters by R² / sinh² z alone
        found: Floats = np.exp(np.minimum(self._table(same), -np.log(2)))
        return found


def isotropic_survival(z: Floats, n: int) -> Floats:
    """Return P(cosine > tanh z) of independent directions in n dimensions, z >= 0."""
    from scipy.special import betainc

    found: Floats = 0.5 * betainc((n - 1) / 2, 0.5, 1 / np.cosh(z) ** 2)
    positive: Floats = np.maximum(found, np.finfo(np.float64).tiny)
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
    """Integrate over s at the mean of R²; z rising from 0, where the answer is 1/2."""
    from scipy.special import gammainc

    s, weight = _nodes(d)
    lean = n / (n + d - 1)  # the share of Gq's own direction in the first row
    rest = 1 - s * s * lean - (1 - s * s) * (1 - lean) / (d - 1)
    found = np.full(z.shape, 0.5)
    x = (n + d - 1) * s * s / rest / (2 * np.sinh(z[1:, None]) ** 2)
    found[1:] = gammainc((n - 1) / 2, x) @ np.exp(weight)
    positive: Floats = np.maximum(found, np.finfo(np.float64).tiny)
    return positive
