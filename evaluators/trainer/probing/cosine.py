"""Pairs by the cosine of their vectors, above a threshold found on train."""

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
    """Answers, the threshold, and what it was worth on train."""

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
    """Call a pair positive where the cosine of its texts is above a threshold.

    Args:
        vectors: Of the frozen encoder.
        train: Where the threshold is found.
        scored: What is answered.
        positive: The label of what is alike.
        metric: What the threshold is the best of.

    Raises:
        MethodError: Not pairs of two classes.
        ScoreError: A vector is zero.
    """
    validate_pairs(train)
    number = scored.labels.index(positive)
    truth = np.array([one.label == number for one in _examples(train)], dtype=np.int64)
    found = best_threshold(_cosines(vectors, train), truth, metric)
    alike = above(_cosines(vectors, scored), found.value)
    predicted = [number if yes else 1 - number for yes in alike]
    return Cut(Predictions.of(scored, predicted), found.value, found.score)


def validate_pairs(dataset: LabelledDataset) -> None:
    """Refuse what a cosine and one threshold cannot answer.

    Raises:
        MethodError: Not pairs of two classes.
    """
    pairs = dataset.family == "classification" and all(
        one.pair is not None for one in _examples(dataset)
    )
    if not pairs or len(dataset.labels) != 2:
        what = f"{len(dataset.labels)} classes" if pairs else f"{dataset.family} without pairs"
        raise MethodError(
            f"{dataset.task} has {what}: a cosine and a threshold separate pairs into two classes;"
            " use mode: probe"
        )


def _examples(dataset: LabelledDataset) -> tuple[TextExample, ...]:
    return cast("tuple[TextExample, ...]", dataset.examples)


def _cosines(vectors: Vectors, dataset: LabelledDataset) -> NDArray[np.float64]:
    def unit(texts: list[str]) -> NDArray[np.float64]:
        found: NDArray[Any] = vectors.of(texts).astype(np.float64)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        if not (length > 0).all():
            at = int(np.flatnonzero(length[:, 0] == 0)[0])
            raise ScoreError(f"{dataset.task}: the vector of {texts[at]!r} is zero: no cosine")
        return np.asarray(found / length, dtype=np.float64)

    examples = _examples(dataset)
    first = unit([one.text for one in examples])
    second = unit([one.pair or "" for one in examples])
    return np.asarray((first * second).sum(axis=1), dtype=np.float64)
