"""Thresholds for scores of labelled pairs: an exact scan, and Powell's search as published.

Find where to cut a similarity to separate two classes.
A pair counts as positive where its score is above the threshold. `best_threshold` looks at every
cut there is, in O(n log n); `powell_threshold` is the search that was published with CoSENT, kept
as an arm beside it: its objective is a staircase, on which a search by line minima gets stuck.
MTEB's thresholds, which have pairs on both sides, are in `evaluators.sts.thresholds`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import MethodError, ScoreError

Metric = Literal["accuracy", "f1"]
METRICS: tuple[Metric, ...] = ("accuracy", "f1")


class Threshold(NamedTuple):
    """A threshold, and its score on the data that it was chosen on.

    Attributes:
        value: Scores above it are positive.
        score: Accuracy or F1 there, 0…1.
    """

    value: float
    score: float


def above(scores: ArrayLike, threshold: float) -> NDArray[np.bool_]:
    """Return which scores are above a threshold, compared in float64.

    NumPy would round the threshold to the type of float32 scores first, and two of them that
    differ in the last bit would fall on the same side.
    """
    return np.asarray(np.asarray(scores, dtype=np.float64) > threshold, dtype=np.bool_)


def worth_at(
    scores: ArrayLike, labels: ArrayLike, threshold: float, metric: Metric = "accuracy"
) -> float:
    """Return accuracy or F1 of a threshold, after validating the inputs.

    Raises:
        MethodError: As in `checked`.
        ScoreError: As in `checked`.
    """
    values, truth = checked(scores, labels, metric)
    return worth(above(values, threshold), truth, metric)


def worth(chosen: NDArray[np.bool_], truth: NDArray[np.bool_], metric: Metric) -> float:
    """Return accuracy or F1 of chosen pairs, without validation; F1 needs a positive."""
    if metric == "accuracy":
        return float(np.mean(chosen == truth))
    return 2 * int((chosen & truth).sum()) / (int(chosen.sum()) + int(truth.sum()))


def checked(
    scores: ArrayLike, labels: ArrayLike, metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Validate scores and labels, and return them as float64 and booleans.

    Raises:
        MethodError: Nothing to scan, labels other than 0 and 1, or F1 without a positive.
        ScoreError: A score is not finite.
    """
    values, classes = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if metric not in METRICS:
        raise MethodError(f"a threshold is chosen by {' or '.join(METRICS)}, got {metric!r}")
    if values.ndim != 1 or values.shape != classes.shape or not len(values):
        raise MethodError(
            "a threshold needs at least one score and one label a score, got scores of shape"
            f" {values.shape} and labels of shape {classes.shape}"
        )
    if not np.isfinite(values).all():
        at = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ScoreError(f"scores must be finite, got {values[at]} as score {at}")
    truth = classes == 1
    if not (truth | (classes == 0)).all():
        invalid = classes[~(truth | (classes == 0))][0]
        raise MethodError(f"labels must be 0 or 1, got {invalid!r}")
    if metric == "f1" and not truth.any():
        raise MethodError("no label is 1: F1 is undefined at every threshold; choose accuracy")
    return values, np.asarray(truth, dtype=np.bool_)


def best_threshold(scores: ArrayLike, labels: ArrayLike, metric: Metric = "accuracy") -> Threshold:
    """Return the best threshold, by one scan over the sorted scores.

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
    hits = len(positive) - np.arange(len(positive) + 1)  # positives above the cut below each
    rejected = np.append(np.searchsorted(negative, positive), len(negative))
    if metric == "accuracy":
        merits = (hits + rejected) / len(values)
    else:
        merits = 2 * hits / (hits + (len(negative) - rejected) + len(positive))
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
    return Threshold(between(float(lower[widest]), float(upper[widest])), float(merits.max()))


def _next_below(ordered: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the largest of `ordered` below it; -inf where there is none."""
    padded = np.concatenate([[-np.inf], ordered])
    return np.asarray(padded[np.searchsorted(ordered, values)], dtype=np.float64)


def between(lower: float, upper: float) -> float:
    """Return a number t with lower <= t < upper, the middle where rounding allows it."""
    if lower == -np.inf:
        return math.nextafter(upper, -math.inf)
    middle = lower / 2 + upper / 2
    return middle if lower <= middle < upper else lower


def powell_threshold(
    scores: ArrayLike, labels: ArrayLike, metric: Metric = "accuracy"
) -> Threshold:
    """Return the threshold of the published search: Powell's method on tanh t, from t = 1.

    Source: https://github.com/bojone/CoSENT, accuracy/*.py: `minimize(…, 1, method='Powell')`.

    Args:
        scores: Similarities in −1…1, shape (n,): tanh t covers no other values.
        labels: 0 or 1, shape (n,).
        metric: `accuracy`, or `f1` of the positives.

    Raises:
        MethodError: As in `best_threshold`.
        ScoreError: As in `best_threshold`.
    """
    from scipy.optimize import minimize

    values, truth = checked(scores, labels, metric)

    def loss(t: NDArray[np.float64]) -> float:
        return -worth(values > np.tanh(t), truth, metric)

    value = float(np.tanh(minimize(loss, 1.0, method="Powell").x.item()))
    return Threshold(value, worth(values > value, truth, metric))


SEARCHES: dict[str, Callable[[ArrayLike, ArrayLike, Metric], Threshold]] = {
    "exact": best_threshold,
    "powell": powell_threshold,
}
