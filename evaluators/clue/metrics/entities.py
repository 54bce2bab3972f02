"""Metrics of entities: type, first and last character must all be right."""

from __future__ import annotations

import numpy as np

from evaluators.clue.metrics.counts import Metric, f1, macro_f1, precision, recall
from evaluators.clue.predictions import Predictions


def type_counts(predictions: Predictions) -> np.ndarray:
    """Return (hits, predicted, gold) of each example and type, shape (n, types, 3).

    An entity that is named twice counts once, as CLUENER's evaluation takes sets.
    """
    position = {label: index for index, label in enumerate(predictions.labels)}
    counts = np.zeros((len(predictions), len(position), 3))
    for row, (gold, predicted) in enumerate(
        zip(predictions.gold, predictions.predicted, strict=True)
    ):
        sets = set(gold) & set(predicted), set(predicted), set(gold)
        for column, entities in enumerate(sets):
            for entity in entities:
                counts[row, position[entity.type], column] += 1
    return counts


def metrics(predictions: Predictions) -> list[Metric]:
    """Return entity F1 over all types, its two parts, and the mean of F1 over types."""
    by_type = type_counts(predictions)
    together = by_type.sum(axis=1)
    return [
        Metric("entity_f1", together, f1),
        Metric("precision", together, precision),
        Metric("recall", together, recall),
        Metric("macro_f1", by_type.reshape(len(by_type), -1), macro_f1),
    ]
