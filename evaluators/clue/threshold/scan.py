"""The best cut of all, in O(n log n)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.clue.threshold.worth import Metric, Threshold, checked


def best_threshold(scores: ArrayLike, labels: ArrayLike, metric: Metric = "accuracy") -> Threshold:
    """Return the best cut of all, by one scan over sorted scores.

    A best cut lies right below a positive's score, or above all scores: one whose lowest accepted
    score is a negative's alone is no worse for being raised. Of equally good cuts the one in the
    widest gap is taken, of equally wide ones the lowest; it lies in the middle of its gap.

    Args:
        scores: Similarities, shape (n,), any finite numbers.
        labels: 0 or 1, shape (n,).
        metric: `accuracy`, or `f1` of the positives.

    Raises:
        MethodError: Nothing to scan, labels other than 0 and 1, or F1 without a positive.
        ScoreError: A score is not finite.
    """
    values, truth = checked(scores, labels, metric)
    positive, negative = np.sort(values[truth]), np.sort(values[~truth])
    found = len(positive) - np.arange(len(positive) + 1)  # positives above the cut below each
    rejected = np.append(np.searchsorted(negative, positive), len(negative))
    if metric == "accuracy":
        merits = (found + rejected) / len(values)
    else:
        merits = 2 * found / (found + (len(negative) - rejected) + len(positive))
    best = np.flatnonzero(merits == merits.max())
    upper = positive[best[best < len(positive)]]
    if not len(upper):
        return Threshold(float(values.max()), float(merits.max()))
    lower = np.maximum(_next_below(positive, upper), _next_below(negative, upper))
    # Beside the cuts between two scores there are the two ends, which are no gaps at all.
    with np.errstate(over="ignore"):
        width = np.where(np.isfinite(lower), upper - lower, 0.0)
    widest = int(width.argmax())
    if best[-1] == len(positive) and not width[widest]:
        return Threshold(float(values.max()), float(merits.max()))
    return Threshold(_between(float(lower[widest]), float(upper[widest])), float(merits.max()))


def _next_below(ordered: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the largest of `ordered` below it; -inf where there is none."""
    padded = np.concatenate([[-np.inf], ordered])
    return np.asarray(padded[np.searchsorted(ordered, values)], dtype=np.float64)


def _between(lower: float, upper: float) -> float:
    """Return a number t with lower <= t < upper; what is above it starts with `upper`."""
    if lower == -np.inf:
        return math.nextafter(upper, -math.inf)
    middle = lower / 2 + upper / 2
    return middle if lower <= middle < upper else lower
