"""The metrics of a CLUE task, with bootstrap intervals over examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.task import ClueTask
from evaluators.errors import ScoreError
from evaluators.result import Score
from evaluators.statistics import Difference, Interval, percentiles, resample_counts
from evaluators.trainer import metrics
from evaluators.trainer.metrics import Counts, Metric, details
from evaluators.trainer.predictions import Predictions

RESAMPLES = 1000
_BLOCK = 2_000_000


def interval(metric: Metric, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return a metric with its 95% bootstrap interval over examples."""
    values = np.concatenate(
        [metric.value(weights @ metric.counts) for weights in _weights(metric, seed, resamples)]
    )
    return Interval(metric.total, *percentiles(values), len(metric.counts))


def difference(arm: Metric, base: Metric, *, seed: int, resamples: int = RESAMPLES) -> Difference:
    """Return arm − base with its 95% interval, by the same resamples for both.

    Raises:
        ScoreError: Metric or number of examples differ.
    """
    if arm.name != base.name or len(arm.counts) != len(base.counts):
        raise ScoreError(
            f"{arm.name} of {len(arm.counts)} examples and {base.name} of {len(base.counts)} cannot"
            " be paired: score both on the same examples"
        )
    differences = np.concatenate(
        [
            arm.value(weights @ arm.counts) - base.value(weights @ base.counts)
            for weights in _weights(arm, seed, resamples)
        ]
    )
    arm_value, base_value = arm.total, base.total
    return Difference(arm_value, base_value, arm_value - base_value, *percentiles(differences))


def _weights(metric: Metric, seed: int, resamples: int) -> Iterator[Counts]:
    """Yield how often each example is drawn, in blocks that fit into memory."""
    n = len(metric.counts)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        yield resample_counts(generator, n, min(block, resamples - start), np.float64)


def metrics_of(task: ClueTask, predictions: Predictions) -> list[Metric]:
    """Return a task's metrics, the leaderboard's metric first.

    Raises:
        ScoreError: There are no examples, their labels are hidden, or an answer is not among the
            task's labels.
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
        return metrics.entity_metrics(predictions)
    if predictions.family == "span":
        return metrics.span_metrics(predictions)
    if predictions.family == "choice":
        return [metrics.accuracy(predictions)]
    beyond = {*predictions.predicted, *predictions.gold} - set(range(len(predictions.labels)))
    if beyond:
        raise ScoreError(
            f"{task.name}: the answers {sorted(beyond)[:3]} are not among its"
            f" {len(predictions.labels)} labels, which count from 0"
        )
    listed = [metrics.accuracy(predictions), metrics.macro(predictions)]
    if task.positive is not None:
        listed.append(metrics.positive_f1(predictions, task.positive))
    return listed


def scored(task: ClueTask, predictions: Predictions, *, seed: int) -> tuple[Score, ...]:
    """Return a task's metrics with 95% intervals over examples, then details by class.

    Args:
        task: The task.
        predictions: One answer for each example.
        seed: Seed of the resampling.

    Raises:
        ScoreError: As in `metrics_of`.
    """
    n = len(predictions)
    headline = []
    for metric in metrics_of(task, predictions):
        estimate = interval(metric, seed=seed)
        headline.append(Score(metric.name, estimate.estimate, n, {}, estimate.low, estimate.high))
    return (*headline, *details(predictions))


def right(predictions: Predictions) -> NDArray[np.bool_]:
    """Return which examples are entirely right, shape (n,), for paired tests."""
    if predictions.family == "span":
        return np.array(
            [
                metrics.exact(tuple(gold), predicted)
                for gold, predicted in zip(predictions.gold, predictions.predicted, strict=True)
            ]
        )
    if predictions.family == "entity":
        return np.array(
            [
                set(gold) == set(predicted)
                for gold, predicted in zip(predictions.gold, predictions.predicted, strict=True)
            ]
        )
    return metrics.right(predictions)
