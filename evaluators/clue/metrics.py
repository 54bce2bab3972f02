"""The metrics of a CLUE task, with bootstrap intervals over examples or their contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def by_cluster(metric: Metric, clusters: Sequence[int] | None) -> Metric:
    """Return a metric whose units are contexts: the counts of their examples are added up.

    Args:
        metric: A metric on examples.
        clusters: Number of each example's context, length n; None leaves the examples alone.

    Raises:
        ScoreError: There is not one number for each example, or all have the same context.
    """
    if clusters is None:
        return metric
    if len(clusters) != len(metric.counts):
        raise ScoreError(
            f"{metric.name} has {len(metric.counts)} examples, and {len(clusters)} of them have a"
            " context"
        )
    numbers, places = np.unique(np.asarray(clusters, dtype=np.int64), return_inverse=True)
    if len(numbers) < 2:
        raise ScoreError(f"all {len(clusters)} examples share one context: there is no interval")
    counts = np.zeros((len(numbers), metric.counts.shape[1]))
    np.add.at(counts, places, metric.counts)
    return metric._replace(counts=counts)


def interval(
    metric: Metric,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    clusters: Sequence[int] | None = None,
) -> Interval:
    """Return a metric with its 95% bootstrap interval over examples, or over contexts.

    Args:
        metric: A metric on examples.
        seed: Seed of the resampling.
        resamples: How often the examples are drawn.
        clusters: As for `by_cluster`. Contexts are drawn with all their examples.

    Returns:
        The interval, without ends where all examples share one context; n counts the examples.
    """
    n = len(metric.counts)
    if clusters is not None and len(set(clusters)) == 1:
        return Interval(metric.total, None, None, n)
    units = by_cluster(metric, clusters)
    values = np.concatenate(
        [units.value(weights @ units.counts) for weights in _weights(units, seed, resamples)]
    )
    return Interval(metric.total, *percentiles(values), n)


def difference(
    arm: Metric,
    base: Metric,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    clusters: Sequence[int] | None = None,
) -> Difference:
    """Return arm − base with its 95% interval, by the same resamples for both.

    Args:
        arm: A metric on examples.
        base: The same metric on the same examples.
        seed: Seed of the resampling.
        resamples: How often the examples are drawn.
        clusters: As for `interval`.

    Raises:
        ScoreError: Metric or number of examples differ, or all examples share one context.
    """
    if arm.name != base.name or len(arm.counts) != len(base.counts):
        raise ScoreError(
            f"{arm.name} of {len(arm.counts)} examples and {base.name} of {len(base.counts)} cannot"
            " be paired: score both on the same examples"
        )
    left, right = by_cluster(arm, clusters), by_cluster(base, clusters)
    differences = np.concatenate(
        [
            left.value(weights @ left.counts) - right.value(weights @ right.counts)
            for weights in _weights(left, seed, resamples)
        ]
    )
    arm_value, base_value = arm.total, base.total
    return Difference(arm_value, base_value, arm_value - base_value, *percentiles(differences))


def example_values(metric: Metric, clusters: Sequence[int] | None = None) -> Counts:
    """Return the part of every example, or context, in a metric, shape (n,); their mean is it.

    For a mean over examples these are the examples' own values. For others, such as F1, they are
    the jackknife's pseudo-values (Tukey 1958) moved to the metric: metric + (n − 1) (mean of the
    metric without one − metric without this one), whose variance over n is that of the metric.

    Args:
        metric: A metric on examples.
        clusters: As for `by_cluster`.

    Raises:
        ScoreError: There are fewer than two examples, or contexts.
    """
    units = by_cluster(metric, clusters)
    n = len(units.counts)
    if n < 2:
        raise ScoreError(f"{metric.name} of {n} examples: two or more are needed")
    without = units.value(units.counts.sum(axis=0) - units.counts)
    values: Counts = metric.total + (n - 1) * (without.mean() - without)
    return values


def _weights(metric: Metric, seed: int, resamples: int) -> Iterator[Counts]:
    """Yield how often each unit is drawn, in blocks that fit into memory."""
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
    if predictions.family == "triple":
        return metrics.triple_metrics(predictions)
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
    """Return a task's metrics with 95% intervals, then details by class.

    Intervals are over examples, or over contexts where the predictions say which examples share
    one.

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
        estimate = interval(metric, seed=seed, clusters=predictions.clusters)
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
    if predictions.family == "triple":
        return np.array(
            [
                metrics.normalised(gold.object) == metrics.normalised(predicted.object)
                for gold, predicted in zip(predictions.gold, predictions.predicted, strict=True)
            ]
        )
    return metrics.right(predictions)
