"""Find the smallest n at which a rising curve reaches a level, with an interval.

**Estimate.** The curve is made monotone by isotonic regression (pooled adjacent violators), which
for counts is the maximum-likelihood estimate of a rising success rate and, unlike a logistic or
probit fit, assumes no shape that the theory under test would have to supply. Between the points it
is read off by straight lines; the error of that is below (step²/8) |p″/p′|, so a grid should have
a few points inside the rise.

**Interval.** By inversion of a test: an n belongs to the interval where the level lies between the
limits of the curve *at that n*. This needs the right coverage at one n only and nothing about how
the points depend on one another, so it also holds where the same queries run through all n. The
limits are made monotone outwards (running maximum of the upper one, running minimum from the right
of the lower one), which only widens it and keeps the estimate inside: the isotonic curve
lies between those two by the max-min formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.dimension.numeric_checks import finite_array, rising, validate_confidence
from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE, binomial_limits, mean_limits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """The n at which a curve reaches a level.

    Attributes:
        n: The threshold, in general between two points of the grid; None where it is censored.
        ci_low: Lower end of the interval; the last point of the grid where it lies beyond. None
            where there is no lower bound or no interval.
        ci_high: Upper end of the interval; the first point of the grid where it lies before. None
            where there is no upper bound or no interval.
        censored: None, or the reason why there is no n: the level is not reached on the grid, or
            already at its first point.
        confidence: Coverage of the interval; None where the data give no interval at all.
    """

    n: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    censored: str | None = None
    confidence: float | None = None


def threshold(
    ns: ArrayLike,
    successes: ArrayLike,
    trials: ArrayLike,
    level: float,
    confidence: float = CONFIDENCE,
) -> Threshold:
    """Return the n at which a success rate reaches `level`, from counts.

    The limits are Clopper and Pearson's, so the coverage is at least `confidence` where the
    trials at one n are independent. Queries that share items or a projection are not: give their
    replicates to `threshold_of_replicates` then.

    Args:
        ns: Measured n, strictly rising, shape (k,).
        successes: Number of successful trials at each n, shape (k,).
        trials: Number of trials at each n, shape (k,), or one number for all.
        level: The rate to reach, inside (0, 1).
        confidence: Coverage of the interval.

    Raises:
        ScoreError: The grid does not rise, or the counts are not counts.
    """
    grid = rising("ns", ns)
    hits = finite_array("successes", successes, len(grid))
    total = _per_point("trials", trials, len(grid))
    _check_counts(hits, total)
    if not 0 < level < 1:
        raise ScoreError(f"level must be in (0, 1), got {level}")
    low, high = binomial_limits(hits, total, validate_confidence(confidence))
    rate = isotonic(hits / total, total)
    return _invert(grid, rate, level, (low, high), confidence)


def threshold_of_curve(ns: ArrayLike, values: ArrayLike, target: float) -> Threshold:
    """Return the n at which one curve reaches `target`, without an interval.

    Args:
        ns: Strictly rising, shape (k,).
        values: Values at each n, shape (k,), made monotone first.
        target: Target in the unit of the values.

    Raises:
        ScoreError: The grid does not rise, or a value or the target is not finite.
    """
    grid = rising("ns", ns)
    curve = finite_array("values", values, len(grid))
    return _invert(grid, isotonic(curve), _finite_target(target), None, None)


def threshold_of_replicates(
    ns: ArrayLike,
    curves: ArrayLike | Sequence[ArrayLike],
    target: float,
    confidence: float = CONFIDENCE,
) -> Threshold:
    """Return the n at which the mean of independent curves reaches `target`.

    The limits at each n are Student's t over the replicates, so the interval covers all that varies
    between replicates (items, projection, seed), however trials inside a replicate depend on each
    other. One replicate gives no interval.

    Args:
        ns: Strictly rising, shape (k,).
        curves: One curve in each row, shape (replicates, k).
        target: Target in the unit of the values.
        confidence: Coverage of the interval.

    Raises:
        ScoreError: The grid does not rise, or a value or the target is not finite.
    """
    grid = rising("ns", ns)
    rows = finite_array("curves", np.asarray(curves, dtype=np.float64), None)
    if rows.ndim != 2 or rows.shape[1] != len(grid) or len(rows) == 0:
        raise ScoreError(
            f"curves must have the shape (replicates, {len(grid)}), got the shape {rows.shape}"
        )
    validate_confidence(confidence)
    mean = rows.mean(axis=0)
    if len(rows) == 1:
        return _invert(grid, isotonic(mean), _finite_target(target), None, None)
    limits = mean_limits(rows, confidence)
    return _invert(grid, isotonic(mean), _finite_target(target), limits, confidence)


def isotonic(values: Floats, weights: Floats | None = None) -> Floats:
    """Return the non-decreasing curve nearest to `values` in weighted least squares.

    Args:
        values: Shape (k,).
        weights: Positive, shape (k,); equal where None.
    """
    from scipy.optimize import isotonic_regression

    fitted: Floats = isotonic_regression(values, weights=weights).x
    return fitted


def _invert(
    grid: Floats,
    curve: Floats,
    target: float,
    limits: tuple[Floats, Floats] | None,
    confidence: float | None,
) -> Threshold:
    ends: tuple[float | None, float | None] = (None, None)
    if limits is not None:
        low = np.minimum.accumulate(limits[0][::-1])[::-1]
        high = np.maximum.accumulate(limits[1])
        # Off the grid, its nearest point is still a valid bound; beyond it there is none.
        above, below = _reach(grid, high, target), _reach(grid, low, target)
        ends = (
            float(grid[-1]) if high[-1] < target else above,
            float(grid[0]) if low[0] > target else below,
        )
    n = _reach(grid, curve, target)
    censored = None
    if curve[-1] < target:
        censored = f"not reached up to n = {grid[-1]:g}: {curve[-1]:.4g} is below {target:.4g}"
    elif n is None:
        censored = f"reached already at the smallest n, {grid[0]:g}: {curve[0]:.4g}"
    return Threshold(n, *ends, censored, confidence)


def _reach(grid: Floats, curve: Floats, target: float) -> float | None:
    """Return where a non-decreasing curve reaches the target; None where that is off the grid."""
    if curve[-1] < target or curve[0] > target:
        return None
    at = int(np.searchsorted(curve, target, side="left"))
    if curve[at] == target:
        return float(grid[at])
    share = (target - curve[at - 1]) / (curve[at] - curve[at - 1])
    return float(grid[at - 1] + share * (grid[at] - grid[at - 1]))


def _check_counts(successes: Floats, trials: Floats) -> None:
    whole = np.all(successes == np.floor(successes)) and np.all(trials == np.floor(trials))
    if not whole or np.any(trials < 1) or np.any(successes < 0) or np.any(successes > trials):
        raise ScoreError("successes and trials must be whole numbers with 0 <= successes <= trials")


def _per_point(name: str, values: ArrayLike, length: int) -> Floats:
    array = finite_array(name, values, None)
    return finite_array(name, np.full(length, array) if array.ndim == 0 else array, length)


def _finite_target(target: float) -> float:
    if not np.isfinite(target):
        raise ScoreError(f"the target must be a finite number, got {target}")
    return float(target)
