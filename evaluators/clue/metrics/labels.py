"""Metrics of classes and choices."""

from __future__ import annotations

import numpy as np

from evaluators.clue.metrics.counts import Metric, f1, macro_f1, mean
from evaluators.clue.predictions import Predictions


def right(predictions: Predictions) -> np.ndarray:
    """Return which examples are right, bool, shape (n,)."""
    found: np.ndarray = np.array(predictions.gold) == np.array(predictions.predicted)
    return found


def class_counts(predictions: Predictions) -> np.ndarray:
    """Return (hit, predicted, gold) of each example and class, shape (n, classes, 3)."""
    n, classes = len(predictions), len(predictions.labels)
    gold, predicted = np.array(predictions.gold), np.array(predictions.predicted)
    counts = np.zeros((n, classes, 3))
    rows = np.arange(n)
    counts[rows, predicted, 1] = 1
    counts[rows, gold, 2] = 1
    counts[rows, gold, 0] = gold == predicted
    return counts


def accuracy(predictions: Predictions) -> Metric:
    """Return the share of examples that are right."""
    hits = right(predictions)
    return Metric("accuracy", np.stack([hits, np.ones(len(hits))], axis=1).astype(float), mean)


def macro(predictions: Predictions) -> Metric:
    """Return the mean over classes of F1."""
    counts = class_counts(predictions)
    return Metric("macro_f1", counts.reshape(len(counts), -1), macro_f1)


def positive_f1(predictions: Predictions, positive: str) -> Metric:
    """Return F1 of one class."""
    counts = class_counts(predictions)
    return Metric("f1", counts[:, predictions.labels.index(positive)], f1)
