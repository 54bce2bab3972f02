"""What a cut of a similarity is worth: accuracy, or F1 of the positives."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import MethodError, ScoreError

Metric = Literal["accuracy", "f1"]
METRICS: tuple[Metric, ...] = ("accuracy", "f1")


class Threshold(NamedTuple):
    """A cut and what it is worth where it was found.

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
    """Return accuracy or F1 of `scores > threshold`.

    Raises:
        MethodError: As `checked`.
        ScoreError: As `checked`.
    """
    values, truth = checked(scores, labels, metric)
    return worth(above(values, threshold), truth, metric)


def worth(chosen: NDArray[np.bool_], truth: NDArray[np.bool_], metric: Metric) -> float:
    """Return accuracy or F1 of a choice, inputs checked; F1 needs a positive."""
    if metric == "accuracy":
        return float(np.mean(chosen == truth))
    return 2 * int((chosen & truth).sum()) / (int(chosen.sum()) + int(truth.sum()))


def checked(
    scores: ArrayLike, labels: ArrayLike, metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return scores as float64 and labels as booleans.

    Raises:
        MethodError: Nothing to scan, labels other than 0 and 1, or F1 without a positive.
        ScoreError: A score is not finite.
    """
    values, given = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if metric not in METRICS:
        raise MethodError(f"a threshold is chosen by {' or '.join(METRICS)}, not by {metric!r}")
    if values.ndim != 1 or values.shape != given.shape or not len(values):
        raise MethodError(
            f"scores of shape {values.shape} and labels of shape {given.shape}: a threshold needs"
            " one label a score, and one score at least"
        )
    if not np.isfinite(values).all():
        at = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ScoreError(f"score {at} is {values[at]}: a threshold needs finite scores")
    truth = given == 1
    if not (truth | (given == 0)).all():
        odd = given[~(truth | (given == 0))][0]
        raise MethodError(f"label {odd!r} is neither 0 nor 1: a threshold parts two classes")
    if metric == "f1" and not truth.any():
        raise MethodError("no label is 1: F1 is undefined at every threshold; choose accuracy")
    return values, np.asarray(truth, dtype=np.bool_)
