"""Intervals over examples, of one model and of two on the same examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evaluators.clue.metrics.counts import Counts, Metric
from evaluators.errors import ScoreError
from evaluators.statistics import Difference, Interval, percentiles, resample_counts

RESAMPLES = 1000
_BLOCK = 2_000_000


def interval(metric: Metric, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return a metric with its 95% bootstrap interval over examples."""
    found = np.concatenate(
        [metric.value(weights @ metric.counts) for weights in _weights(metric, seed, resamples)]
    )
    return Interval(metric.total, *percentiles(found), len(metric.counts))


def difference(arm: Metric, base: Metric, *, seed: int, resamples: int = RESAMPLES) -> Difference:
    """Return arm less base with its 95% interval: the same resamples for both.

    Raises:
        ScoreError: They are not the same metric on as many examples.
    """
    if arm.name != base.name or len(arm.counts) != len(base.counts):
        raise ScoreError(
            f"{arm.name} of {len(arm.counts)} examples and {base.name} of {len(base.counts)} cannot"
            " be paired: score both on the same examples"
        )
    found = np.concatenate(
        [
            arm.value(weights @ arm.counts) - base.value(weights @ base.counts)
            for weights in _weights(arm, seed, resamples)
        ]
    )
    one, other = arm.total, base.total
    return Difference(one, other, one - other, *percentiles(found))


def _weights(metric: Metric, seed: int, resamples: int) -> Iterator[Counts]:
    """Yield how often each example is drawn, in blocks that fit into memory."""
    n = len(metric.counts)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        yield resample_counts(generator, n, min(block, resamples - start), np.float64)
