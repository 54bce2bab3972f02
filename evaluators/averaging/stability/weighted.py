"""Compute power means of every row under many weightings of the columns at once.

A power mean is a function of one weighted sum of x^p (of log x for p = 0), so the means of n rows
under R weightings are one matrix product. A resample of columns is a weighting by whole numbers,
leaving a column out is a weighting by noughts and ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-250  # below it a term x^p nears what a double can hold
_CLOSE_TO_ONE = 1e-6  # an expm1 this close to -1 has lost six digits
_CELLS = 1 << 22  # of a block of the slow way, 32 MB


@dataclass(frozen=True, eq=False)
class PowerSums:
    """Rows prepared for power means with one p.

    Attributes:
        p: The exponent.
        values: (n, g), in the domain of p, NaN for what does not enter.
        terms: (g, n) terms of the sums, 0 where nothing enters; None where only the slow way is
            safe.
        present: (g, n) ones and noughts, None where everything enters.
        scale: (n,) scales that the terms are relative to.
    """

    p: float
    values: NDArray[np.float64]
    terms: NDArray[np.float64] | None
    present: NDArray[np.float64] | None
    scale: NDArray[np.float64]

    def means(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (R, n) means under weights (R, g) ≥ 0; NaN where a row has no weight at all."""
        if self.terms is None:
            return self._slow_means(weights)
        sums = weights @ self.terms
        if self.present is None:
            sums *= 1 / weights.sum(axis=1, keepdims=True)
            return _back(sums, self.p, self.scale)
        total = weights @ self.present
        with np.errstate(divide="ignore", invalid="ignore"):  # no weight: 0/0, set to NaN below
            means = _back(sums / total, self.p, self.scale)
        return np.where(total > 0, means, np.nan)

    def _slow_means(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means with each term relative to the extreme of its weighting: safe for any p."""
        n, g = self.values.shape
        means = np.empty((len(weights), n))
        step = max(1, _CELLS // (n * g))
        for start in range(0, len(weights), step):
            w = weights[start : start + step, None, :] * ~np.isnan(self.values)
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.where(w > 0, np.log(self.values), np.nan)
                extreme = (np.fmax if self.p > 0 else np.fmin).reduce(logs, axis=-1)
                if math.isinf(self.p):
                    means[start : start + step] = np.exp(extreme)
                    continue
                safe = np.where(np.isinf(extreme), 0.0, extreme)[..., None]
                terms = np.where(w > 0, w * np.expm1(self.p * (logs - safe)), 0.0)
                average = terms.sum(axis=-1) / w.sum(axis=-1)
                means[start : start + step] = np.exp(safe[..., 0] + np.log1p(average) / self.p)
        return means


def effective_tasks(weights: NDArray[np.float64]) -> float:
    """Return how many tasks of one weight are worth weighted ones (k,): (Σw)²/Σw² (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def share_left(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (k,) the variances of deviations from a weighted mean, of scores of variance 1.

    Args:
        weights: (k,), above 0, of sum 1.
    """
    return np.asarray(1 - 2 * weights + (weights**2).sum())


def power_sums(values: NDArray[np.float64], p: float) -> PowerSums:
    """Prepare rows (n, g) for `PowerSums.means`; every entry must be in the domain of p."""
    missing = np.isnan(values)
    x = np.where(missing, 1.0, values)
    scale = np.ones(len(x))
    terms: NDArray[np.float64] | None
    if p == 1:
        terms = x
    elif abs(p) < 1e-100:
        with np.errstate(divide="ignore"):
            terms = np.log(x)
    else:
        extreme = np.fmax.reduce(values, axis=1) if p > 0 else np.fmin.reduce(values, axis=1)
        scale = np.where(np.isnan(extreme) | (extreme == 0), 1.0, extreme)
        terms = _terms(np.where(missing, scale[:, None], values), p, scale, missing)
    if terms is not None:
        terms = np.ascontiguousarray(np.where(missing, 0.0, terms).T)
        if not np.isfinite(terms).all():
            terms = None  # a 0 under a tiny p > 0: minus infinity times no weight is no number
    present = np.ascontiguousarray((~missing).T.astype(np.float64)) if missing.any() else None
    return PowerSums(p, values, terms, present, scale)


def _terms(
    x: NDArray[np.float64], p: float, scale: NDArray[np.float64], missing: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Return x^p (less one, for small p) relative to the row's extreme, None if it is unsafe."""
    if math.isinf(p):
        return None
    if p == -1:
        terms = scale[:, None] / x
    else:
        with np.errstate(divide="ignore"):  # ln 0 is −inf and comes out as the right limit, 0
            logs = p * (np.log(x) - np.log(scale)[:, None])
        terms = np.expm1(logs) if abs(p) < 0.5 else np.exp(logs)
    # What matters is the smallest term that is not an exact 0, which an x of 0 makes.
    entering = np.where(missing | (x == 0), 1.0, terms + 1 if abs(p) < 0.5 else terms)
    return terms if entering.min() > (_CLOSE_TO_ONE if abs(p) < 0.5 else _SMALLEST) else None


def _back(
    average: NDArray[np.float64], p: float, scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Convert averages of terms to means; overwrites the averages."""
    if p == 1:
        return average
    if abs(p) < 1e-100:
        return np.exp(average, out=average)
    if p == -1:
        return np.divide(scale, average, out=average)
    with np.errstate(divide="ignore"):  # only zeros drawn: the mean is 0
        # With a small p, rounding may leave the average of zeros slightly below −1.
        logs = np.log1p(np.maximum(average, -1.0)) if abs(p) < 0.5 else np.log(average)
        return np.asarray(scale * np.exp(logs / p))
