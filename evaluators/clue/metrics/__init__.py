"""The official metrics of the four families, with intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.metrics import entities, labels, spans
from evaluators.clue.metrics.counts import Metric
from evaluators.clue.metrics.detail import details
from evaluators.clue.metrics.intervals import interval
from evaluators.clue.predictions import Predictions
from evaluators.clue.task import ClueTask
from evaluators.errors import ScoreError
from evaluators.result import Score

__all__ = ["metrics_of", "right", "scored"]


def metrics_of(task: ClueTask, predictions: Predictions) -> list[Metric]:
    """Return a task's metrics, the one its leaderboard shows first.

    Raises:
        ScoreError: There are no examples, their labels are hidden, or an answer is none of the
            task's.
    """
    if not len(predictions):
        raise ScoreError(f"{task.name}: there are no predictions to score")
    hidden = sum(gold is None or gold == () for gold in predictions.gold)
    if hidden and not (predictions.family == "entity" and None not in predictions.gold):
        raise ScoreError(
            f"{task.name}: {hidden} of {len(predictions)} examples have no label, so they are not"
            " scored: name a labelled split, or write a submission"
        )
    if predictions.family == "entity":
        return entities.metrics(predictions)
    if predictions.family == "span":
        return spans.metrics(predictions)
    if predictions.family == "choice":
        return [labels.accuracy(predictions)]
    beyond = {*predictions.predicted, *predictions.gold} - set(range(len(predictions.labels)))
    if beyond:
        raise ScoreError(
            f"{task.name}: {sorted(beyond)[:3]} is none of its {len(predictions.labels)} labels,"
            " which count from 0"
        )
    found = [labels.accuracy(predictions), labels.macro(predictions)]
    if task.positive is not None:
        found.append(labels.positive_f1(predictions, task.positive))
    return found


def scored(task: ClueTask, predictions: Predictions, *, seed: int) -> tuple[Score, ...]:
    """Return a task's metrics with 95% intervals over examples, then what they hide.

    Args:
        task: The task.
        predictions: One answer an example.
        seed: Of the resampling.

    Raises:
        ScoreError: As `metrics_of`.
    """
    n = len(predictions)
    headline = []
    for metric in metrics_of(task, predictions):
        found = interval(metric, seed=seed)
        headline.append(Score(metric.name, found.estimate, n, {}, found.low, found.high))
    return (*headline, *details(predictions))


def right(predictions: Predictions) -> NDArray[np.bool_]:
    """Return which examples are wholly right, for paired tests, shape (n,)."""
    if predictions.family == "span":
        return np.array(
            [
                spans.exact(tuple(gold), said)
                for gold, said in zip(predictions.gold, predictions.predicted, strict=True)
            ]
        )
    if predictions.family == "entity":
        return np.array(
            [
                set(gold) == set(said)
                for gold, said in zip(predictions.gold, predictions.predicted, strict=True)
            ]
        )
    return labels.right(predictions)
