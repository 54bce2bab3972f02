"""Intervals over examples, of one model and of two on the same examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.metrics.counts import Counts, Metric
from evaluators.errors import ScoreError

RESAMPLES = 1000
_BLOCK = 2_000_000


class Interval(NamedTuple):
    """A number with the 2.5% and the 97.5% quantile of its resamples."""

    value: float
    low: float
    high: float


class McNemar(NamedTuple):
    """Where exactly one of two models is right.

    Attributes:
        gained: Examples that the arm alone gets right.
        lost: Examples that the base alone gets right.
        p_value: Two-sided, of the exact binomial test; 1 where they never differ.
    """

    gained: int
    lost: int
    p_value: float


def interval(metric: Metric, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return a metric with its 95% bootstrap interval over examples."""
    found = np.concatenate(
        [metric.value(weights @ metric.counts) for weights in _weights(metric, seed, resamples)]
    )
    return Interval(metric.total, *map(float, np.quantile(found, (0.025, 0.975))))


def difference(arm: Metric, base: Metric, *, seed: int, resamples: int = RESAMPLES) -> Interval:
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
    return Interval(arm.total - base.total, *map(float, np.quantile(found, (0.025, 0.975))))


def mcnemar(arm: NDArray[np.bool_], base: NDArray[np.bool_]) -> McNemar:
    """Compare which examples two models get right (McNemar 1947, exact).

    Args:
        arm: Whether the arm is right, shape (n,).
        base: Whether the base is right, shape (n,).
    """
    from scipy.stats import binomtest

    gained, lost = int((arm & ~base).sum()), int((base & ~arm).sum())
    if not gained + lost:
        return McNemar(0, 0, 1.0)
    return McNemar(gained, lost, float(binomtest(gained, gained + lost).pvalue))


def _weights(metric: Metric, seed: int, resamples: int) -> Iterator[Counts]:
    """Yield how often each example is drawn, in blocks that fit into memory."""
    n = len(metric.counts)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = generator.integers(0, n, size=(size, n))
        rows = drawn + np.arange(size)[:, None] * n
        yield np.bincount(rows.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
