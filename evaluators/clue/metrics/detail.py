"""What one number hides: each class, and which is taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from evaluators.clue.metrics import entities, labels
from evaluators.clue.metrics.counts import f1, precision, recall
from evaluators.clue.predictions import Predictions
from evaluators.result import Score


def details(predictions: Predictions) -> Iterator[Score]:
    """Yield precision, recall and F1 of each class or type, and the counts of confusions.

    Confusions are scores `confusion` with the variant's `gold` and `predicted`; pairs that never
    happen are left out. Choices and spans have neither.
    """
    if predictions.family == "entity":
        yield from _by_class(predictions, entities.type_counts(predictions))
    elif predictions.family == "classification":
        yield from _by_class(predictions, labels.class_counts(predictions))
        yield from _confusions(predictions)


def _by_class(predictions: Predictions, counts: np.ndarray) -> Iterator[Score]:
    sums = counts.sum(axis=0)
    for index, label in enumerate(predictions.labels):
        _, predicted, gold = sums[index]
        if not predicted + gold:
            continue
        for name, value in (("precision", precision), ("recall", recall), ("f1", f1)):
            yield Score(f"class_{name}", float(value(sums[index])), int(gold), {"class": label})


def _confusions(predictions: Predictions) -> Iterator[Score]:
    counted = Counter(zip(predictions.gold, predictions.predicted, strict=True))
    for (gold, predicted), count in sorted(counted.items()):
        variant = {"gold": predictions.labels[gold], "predicted": predictions.labels[predicted]}
        yield Score("confusion", float(count), len(predictions), variant)
