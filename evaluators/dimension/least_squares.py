"""Fit the laws by least squares, in ln N centred on its mean, to one or many sets of n*.

Only the exponent of a power law is searched for: at a given exponent its factor is linear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Gradient = tuple[float, Floats]
"""A value, and its derivatives by the centred parameters."""

_COARSE = np.linspace(-12.0, 12.0, 241)  # ln of the factor by which n* grows over the range of N
_FINE = np.linspace(-1.0, 1.0, 9)
_ROUNDS = 14
_CELLS = 1 << 21


@dataclass(frozen=True)
class Solved:
    """A law in centred coordinates z = ln N - centre.

    Attributes:
        parameters: (m, b) of m + b z; (b,) of b ln N; (m, b) of m exp(b z).
        spread: Inverse of J' W J, shape (k, k): the covariance of the parameters, up to scale.
        centre: Weighted mean of ln N.
        form: `log`, `proportional` or `power`.
    """

    parameters: tuple[float, ...]
    spread: Floats
    centre: float
    form: str

    def at(self, x: float) -> Gradient:
        """Return n* at ln N = x."""
        value, gradient = self._curve(np.array([x]))
        return float(value[0]), gradient[:, 0]

    def curve(self, x: Floats) -> Floats:
        """Return n* at each ln N."""
        return self._curve(x)[0]

    def jacobian(self, x: Floats) -> Floats:
        """Return the derivatives by the parameters, shape (k, m)."""
        return self._curve(x)[1]

    def slope(self) -> Gradient:
        """Return b."""
        return self.parameters[-1], np.eye(len(self.parameters))[-1]

    def intercept(self) -> Gradient | None:
        """Return a of the law as in `evaluators.dimension.law`; None for a proportional law."""
        if self.form == "proportional":
            return None
        return self.at(0.0)  # a + b ln 1, or a 1^b

    def _curve(self, x: Floats) -> tuple[Floats, Floats]:
        z = x - self.centre
        if self.form == "proportional":
            (b,) = self.parameters
            return b * x, x[None, :]
        m, b = self.parameters
        if self.form == "log":
            return m + b * z, np.stack([np.ones_like(z), z])
        growth = np.exp(b * z)
        return m * growth, np.stack([growth, m * z * growth])


def log_law(x: Floats, y: Floats, weights: Floats) -> Solved:
    """Fit y = m + b z."""
    centre = float(np.average(x, weights=weights))
    parameters = _line(x - centre, y[None, :], weights)[:, 0]
    return _solved("log", parameters, centre, x, weights)


def proportional_law(x: Floats, y: Floats, weights: Floats) -> Solved:
    """Fit y = b x."""
    b = np.sum(weights * x * y) / np.sum(weights * x * x)
    return _solved("proportional", np.array([b]), 0.0, x, weights)


def power_law(x: Floats, y: Floats, weights: Floats) -> Solved:
    """Fit y = m exp(b z)."""
    centre = float(np.average(x, weights=weights))
    parameters = _power(x - centre, y[None, :], weights)[:, 0]
    return _solved("power", parameters, centre, x, weights)


def residuals(x: Floats, rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weighted residual sums of squares of the log and the power law.

    Args:
        x: ln N, shape (m,).
        rows: One set of n* in each row, shape (r, m).
        weights: Shape (m,).

    Returns:
        Two arrays of shape (r,).
    """
    z = x - np.average(x, weights=weights)
    mean, slope = _line(z, rows, weights)
    straight = rows - mean[:, None] - slope[:, None] * z
    factor, exponent = _power(z, rows, weights)
    bent = rows - factor[:, None] * np.exp(exponent[:, None] * z)
    return (straight**2) @ weights, (bent**2) @ weights


def _solved(form: str, parameters: Floats, centre: float, x: Floats, weights: Floats) -> Solved:
    without_spread = Solved(tuple(parameters.tolist()), np.empty((0, 0)), centre, form)
    jacobian = without_spread.jacobian(x)
    spread = np.asarray(np.linalg.pinv((jacobian * weights) @ jacobian.T), dtype=np.float64)
    return Solved(without_spread.parameters, spread, centre, form)


def _line(z: Floats, rows: Floats, weights: Floats) -> Floats:
    mean = rows @ weights / weights.sum()
    slope = (rows - mean[:, None]) @ (weights * z) / np.sum(weights * z * z)
    return np.stack([mean, slope])


def _power(z: Floats, rows: Floats, weights: Floats) -> Floats:
    """Return factor and exponent, shape (2, r), computed in parts to bound the memory."""
    size = max(1, _CELLS // max(len(_COARSE), len(_FINE) * len(z)))
    parts = [_power_of_few(z, rows[at : at + size], weights) for at in range(0, len(rows), size)]
    return np.concatenate(parts, axis=1)


def _power_of_few(z: Floats, rows: Floats, weights: Floats) -> Floats:
    """Search a coarse grid of exponents, then finer and finer ones."""
    span = float(np.ptp(z))
    step = float(_COARSE[1] - _COARSE[0]) / span
    best = _nearest(z, rows, weights, _COARSE / span)
    for _ in range(_ROUNDS):
        best = _best(z, rows, weights, best[:, None] + step * _FINE)
        step /= math.floor(len(_FINE) / 2)
    factor, _ = _factor(z, rows, weights, best[:, None])
    return np.stack([factor[:, 0], best])


def _nearest(z: Floats, rows: Floats, weights: Floats, exponents: Floats) -> Floats:
    """Return the best of the same exponents for each row.

    At the best factor the residual sum of squares lacks what this finds the largest of. It is
    rounded more than the residual itself, by far less than one step of the grid makes.
    """
    growth = np.exp(exponents[:, None] * z)
    explained = (rows @ (growth * weights).T) ** 2 / ((growth**2) @ weights)
    chosen: Floats = exponents[explained.argmax(axis=1)]
    return chosen


def _best(z: Floats, rows: Floats, weights: Floats, exponents: Floats) -> Floats:
    _, residual = _factor(z, rows, weights, exponents)
    chosen: Floats = np.take_along_axis(exponents, residual.argmin(axis=1)[:, None], axis=1)[:, 0]
    return chosen


def _factor(z: Floats, rows: Floats, weights: Floats, exponents: Floats) -> tuple[Floats, Floats]:
    """Return the best factor and its residual sum for each exponent, shaped like these."""
    growth = np.exp(exponents[:, :, None] * z)
    weighted = growth * weights
    factor = np.einsum("rgm,rm->rg", weighted, rows) / np.einsum("rgm,rgm->rg", weighted, growth)
    remainder = rows[:, None, :] - factor[:, :, None] * growth
    return factor, (remainder**2) @ weights
