"""Classify pairs by the cosine of their vectors and a threshold found on train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import MethodError, ScoreError
from evaluators.trainer.labelled_data import TextExample
from evaluators.trainer.predictions import Predictions
from evaluators.trainer.threshold import Metric, above, best_threshold

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.probing.vectors import Vectors


class Cut(NamedTuple):
    """Predictions, the threshold, and its score on train."""

    predictions: Predictions
    threshold: float
    worth: float


def by_cosine(
    vectors: Vectors,
    train: LabelledDataset,
    scored: LabelledDataset,
    *,
    positive: str,
    metric: Metric,
) -> Cut:
    """Predict that a pair is positive where its cosine is above a threshold.

    Args:
        vectors: Vectors of the frozen encoder.
        train: Data set on which the threshold is chosen.
        scored: Data set to predict.
        positive: The label of similar pairs.
        metric: The metric that the threshold maximises.

    Raises:
        MethodError: The data set is not pairs of two classes.
        ScoreError: A vector is zero.
    """
    validate_pairs(train)
    number = scored.labels.index(positive)
    truth = np.array([example.label == number for example in _examples(train)], dtype=np.int64)
    cut = best_threshold(_cosines(vectors, train), truth, metric)
    similar = above(_cosines(vectors, scored), cut.value)
    predicted = [number if is_similar else 1 - number for is_similar in similar]
    return Cut(Predictions.of(scored, predicted), cut.value, cut.score)


def validate_pairs(dataset: LabelledDataset) -> None:
    """Validate that a data set is pairs of two classes.

    Raises:
        MethodError: It is not.
    """
    pairs = dataset.family == "classification" and all(
        example.pair is not None for example in _examples(dataset)
    )
    if not pairs or len(dataset.labels) != 2:
        kind = f"{len(dataset.labels)} classes" if pairs else f"{dataset.family} without pairs"
        raise MethodError(
            f"{dataset.task} has {kind}: a cosine and a threshold separate pairs into two classes;"
            " use mode: probe"
        )


def _examples(dataset: LabelledDataset) -> tuple[TextExample, ...]:
    return cast("tuple[TextExample, ...]", dataset.examples)


def _cosines(vectors: Vectors, dataset: LabelledDataset) -> NDArray[np.float64]:
    def unit(texts: list[str]) -> NDArray[np.float64]:
        rows: NDArray[Any] = vectors.of(texts).astype(np.float64)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        if not (length > 0).all():
            at = int(np.flatnonzero(length[:, 0] == 0)[0])
            raise ScoreError(f"{dataset.task}: the vector of {texts[at]!r} is zero: no cosine")
        return np.asarray(rows / length, dtype=np.float64)

    examples = _examples(dataset)
    first = unit([example.text for example in examples])
    second = unit([example.pair or "" for example in examples])
    return np.asarray((first * second).sum(axis=1), dtype=np.float64)
