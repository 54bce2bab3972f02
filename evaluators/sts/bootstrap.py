"""Percentile bootstrap over pairs: the exact ranks of every resample, without sorting it.

A resample is a vector of counts. In the order of the full sample's values, a resample's average
ranks follow from the running sum of its counts, so one replicate costs O(n), and the result is
the one scipy gives on the repeated rows (to rounding in the last division).

Pairs are drawn one by one. Where some share a sentence, they are not independent, and the ends of
the interval are moved away from the value by the ratio of the standard errors with and without
this dependence (`evaluators.sts.dependence`). That costs a sort, not a second bootstrap.

Nothing here imports torch, as the dashboard computes differences too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE, Difference, percentiles, resample_counts, tails
from evaluators.sts.dependence import (
    SharedSentences,
    pearson_influence,
    spearman_influence,
    stretch,
)
from evaluators.sts.spearman import Ties, find_ties, groups, pearson, spearman

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]
Correlation = Literal["spearman", "pearson"]
COUNT = np.uint16  # a quarter of an int64: a thousand resamples of 10,000 pairs are 20 MB

METRICS: tuple[Correlation, ...] = ("spearman", "pearson")
RESAMPLES = 2000

_CELLS = 1 << 16  # numbers in a block: a few blocks of this size stay in the cache
_COUNTS_AT_ONCE = 1 << 19  # some megabytes, whatever n is


class Resamples:
    """The resamples of a dataset, shared by all scores on it.

    With ranks doubled and centred, so that all of them are whole numbers and sums are exact, a
    resample's covariance of score ranks r and gold ranks g is sum(c g r) over pairs that occur c
    times, where r follows from the running sum of c in the order of the scores. What does not
    depend on that order is computed once, here.

    Attributes:
        gold: Shape (n,).
        counts: How often each pair occurs in each resample, shape (resamples, n).
    """

    def __init__(self, gold: Floats, counts: Counts) -> None:
        self.counts = counts
        self.gold = gold
        n = counts.shape[1]
        grouped = groups(gold)
        total = len(counts)
        self._gold_squares = np.empty(total)
        self._squares = np.empty(total)  # of the ranks of scores without ties
        self._own = np.empty(total)  # sum of c² g
        largest = 2.0 * n * int(counts.max(initial=0))
        exact = np.float32 if largest < 2**24 else np.float64
        self._weighted: NDArray[np.floating] = np.empty(counts.shape, dtype=exact)  # c g
        for part in parts(counts):
            count = counts[part].astype(np.int64)
            weight = np.add.reduceat(count.take(grouped.order, axis=1), grouped.starts, axis=1)
            ranks = 2 * np.cumsum(weight, axis=1) - weight - n
            self._gold_squares[part] = (weight * ranks * ranks).sum(axis=1)
            weighted = count * ranks.take(grouped.group, axis=1)
            self._weighted[part] = weighted
            self._own[part] = (count * weighted).sum(axis=1)
            self._squares[part] = (n**3 - n - (count**3 - count).sum(axis=1)) / 3

    def spearman(self, scores: Floats) -> Floats:
        """Return Spearman's correlation of `scores` with the gold in each resample.

        Args:
            scores: Shape (n,).

        Returns:
            Shape (resamples,); NaN where a resample has only one value.
        """
        grouped = groups(scores)
        ties = find_ties(grouped)
        covariance, squares = -self._own, self._squares.copy()
        for part in parts(self.counts):
            count = self.counts[part].take(grouped.order, axis=1)
            running = np.cumsum(count, axis=1, dtype=np.int32)
            weighted = self._weighted[part].take(grouped.order, axis=1).astype(np.float64)
            covariance[part] += 2 * np.einsum("ij,ij->i", weighted, running.astype(np.float64))
            if ties is not None:
                _tie(covariance[part], squares[part], count, running, weighted, ties)
        return ratio(covariance, squares * self._gold_squares)


def interval(replicates: Floats, confidence: float) -> tuple[float, float] | None:
    """Return the percentile interval of a correlation's bootstrap replicates.

    Replicates that are undefined (a resample of equal values) are left out; where they are more
    than 5%, the sample is too small to say anything and the answer is None.
    """
    defined = replicates[np.isfinite(replicates)]
    if len(defined) < 0.95 * len(replicates) or len(defined) == 0:
        return None
    return percentiles(defined, tails(confidence))


def _tie(
    covariance: Floats,
    squares: Floats,
    count: Counts,
    running: NDArray[np.int32],
    weighted: Floats,
    ties: Ties,
) -> None:
    """Correct covariance and squares, in place, for the average ranks of ties."""
    count64 = count.take(ties.places, axis=1).astype(np.int64)
    own = 2 * running.take(ties.places, axis=1).astype(np.int64) - count64
    part = weighted.take(ties.places, axis=1)
    weight = np.add.reduceat(count64, ties.starts, axis=1)
    average = 2 * running.take(ties.ends, axis=1).astype(np.int64) - weight
    gold = np.add.reduceat(part, ties.starts, axis=1)
    covariance += (gold * average).sum(axis=1) - (part * own).sum(axis=1)
    squares -= ((weight**3 - weight).sum(axis=1) - (count64**3 - count64).sum(axis=1)) / 3


def parts(counts: Counts) -> list[slice]:
    """Return slices of the resamples that stay in the cache."""
    rows = max(1, _CELLS // max(1, counts.shape[1]))
    return [slice(at, at + rows) for at in range(0, len(counts), rows)]


def ratio(covariance: Floats, squares: Floats) -> Floats:
    """Return covariances over the roots of `squares`; NaN where these are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = covariance / np.sqrt(squares)
    value[squares <= 0] = np.nan
    return value.clip(-1, 1)


def difference(
    arm: Floats,
    base: Floats,
    gold: Floats,
    *,
    rng: np.random.Generator,
    metric: Correlation = "spearman",
    resamples: int = RESAMPLES,
    shared: SharedSentences | None = None,
) -> Difference:
    """Return the difference of two correlations with its 95% percentile bootstrap interval.

    Pairs are drawn with replacement, the same ones for both sides, and every resample has its own
    ranks. The ends allow for pairs that share sentences if `shared` says which do.

    Args:
        arm: Similarities, shape (n,).
        base: Similarities of the same pairs, shape (n,).
        gold: Gold similarities, shape (n,).
        rng: Draws the resamples.
        metric: Name of the correlation.
        resamples: Number of resamples.
        shared: The sentences of each pair; None takes all pairs as independent.

    Raises:
        ScoreError: The shapes differ, a side is constant, NaN or infinite, or there are too few
            pairs: more than 5% of the resamples have only one value.
    """
    n = len(gold)
    if not arm.shape == base.shape == gold.shape == (n,):
        raise ScoreError(
            f"two runs must be scored on the same pairs, got {arm.shape} and {base.shape}"
            f" similarities for {gold.shape} gold values"
        )
    if shared is not None and len(shared.first) != n:
        raise ScoreError(
            f"there must be two sentences for each of {n} pairs, got {len(shared.first)}"
        )
    correlation, of_resamples, influence = _WAYS[metric]
    left, right = float(correlation(arm, gold)), float(correlation(base, gold))
    block = max(1, _COUNTS_AT_ONCE // n)
    differences = []
    for start in range(0, resamples, block):
        counts = resample_counts(rng, n, min(block, resamples - start), COUNT)
        resampled = Resamples(gold, counts)
        differences.append(of_resamples(resampled, arm) - of_resamples(resampled, base))
    ends = interval(np.concatenate(differences), CONFIDENCE)
    if ends is None:
        raise ScoreError(
            f"{n} pairs are too few for an interval: more than 5% of the resamples hold one value"
            " only"
        )
    value = left - right
    if shared is not None:
        influences = influence(arm, gold) - influence(base, gold)
        ends = stretch(ends, value, shared.error_ratio(influences), most=2)
    return Difference(left, right, value, *ends)


def _pearson(resampled: Resamples, scores: Floats) -> Floats:
    """Return Pearson's correlation in each resample, without torch."""
    x, y = scores - scores.mean(), resampled.gold - resampled.gold.mean()
    columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
    x1, y1, xx, yy, xy = (resampled.counts.astype(np.float64) @ columns / len(scores)).T
    return ratio(xy - x1 * y1, (xx - x1 * x1).clip(0) * (yy - y1 * y1).clip(0))


class _Way(NamedTuple):
    """What a correlation's interval needs: its value, its replicates, each pair's influence."""

    correlation: Callable[[Floats, Floats], Floats]
    of_resamples: Callable[[Resamples, Floats], Floats]
    influence: Callable[[Floats, Floats], Floats]


_WAYS: dict[Correlation, _Way] = {
    "spearman": _Way(spearman, Resamples.spearman, spearman_influence),
    "pearson": _Way(pearson, _pearson, pearson_influence),
}
