"""What is done to predictions after training, from what was trained on alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from evaluators.clue.postprocessing.can import can
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.examples import TextExample
    from evaluators.clue.predictions import Predictions


def corrected(post: Mapping[str, Any], predictions: Predictions, train: ClueDataset) -> Predictions:
    """Return predictions corrected by CAN, its prior the shares of the classes in train.

    Where train lacks a class, one example is added to each: no prior may be 0.

    Args:
        post: `name: can` and its options.
        predictions: Of a classification task.
        train: Where the prior is from.

    Raises:
        MethodError: There are no probabilities of classes, or no prediction is sure enough.
    """
    if predictions.family != "classification" or predictions.probabilities is None:
        raise MethodError(
            f"can corrects probabilities of classes, which {train.task} in this mode has none of"
        )
    labels = [one.label for one in cast("tuple[TextExample, ...]", train.examples)]
    counts = np.bincount(np.array(labels, dtype=np.int64), minlength=len(predictions.labels))
    if not counts.all():
        counts = counts + 1
    options = {key: value for key, value in post.items() if key != "name"}
    rows = predictions.probabilities.astype(np.float64)
    found = can(rows / rows.sum(axis=1, keepdims=True), counts / counts.sum(), **options)
    best = [int(label) for label in found.probabilities.argmax(axis=1)]
    return replace(
        predictions,
        predicted=tuple(best),
        probabilities=found.probabilities.astype(np.float32),
    )
