"""Percentile bootstrap over pairs, exact: every resample is ranked anew, without sorting it.

A resample is a vector of counts. In the order of the full sample's values, a resample's average
ranks follow from the running sum of its counts, so one replicate costs O(n), and the result is
the one scipy gives on the repeated rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]

_CELLS = 1 << 16


class Interval(NamedTuple):
    """Ends of a confidence interval."""

    low: float
    high: float


class Groups(NamedTuple):
    """Where equal values stand once sorted.

    Attributes:
        order: Indices that sort the values, shape (n,).
        starts: Where in that order each run of equal values begins, shape (g,).
        group: The run of each value, in the original order, shape (n,).
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    group: NDArray[np.intp]


def groups(values: Floats) -> Groups:
    """Sort values and find the runs of equal ones."""
    order = np.argsort(values)
    ordered = values[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    group = np.empty(len(values), dtype=np.intp)
    group[order] = np.cumsum(new) - 1
    return Groups(order, np.flatnonzero(new), group)


def resample_counts(n: int, resamples: int, rng: np.random.Generator) -> Counts:
    """Draw resamples of n pairs with replacement.

    Returns:
        How often each pair occurs in each resample, shape (resamples, n); rows sum to n.
    """
    counts = np.empty((resamples, n), dtype=np.uint16)
    for row in counts:
        row[:] = np.bincount(rng.integers(0, n, size=n), minlength=n)
    return counts


class Resamples:
    """The resamples of one dataset, shared by everything that is scored on it.

    Attributes:
        counts: Shape (resamples, n).
    """

    def __init__(self, gold: Floats, counts: Counts) -> None:
        self.counts = counts
        self._gold = gold - gold.mean()
        self._groups = groups(gold)
        self._ranks, self._squares = _group_ranks(counts, self._groups)

    def spearman(self, scores: Floats) -> Floats:
        """Return Spearman's correlation of `scores` with the gold in each resample.

        Args:
            scores: Shape (n,).

        Returns:
            Shape (resamples,); NaN where a resample holds one value only.
        """
        found = groups(scores)
        gold_group = self._groups.group[found.order]
        sizes = np.diff(np.append(found.starts, len(scores)))
        tied = len(found.starts) < len(scores)
        n = len(scores)
        covariance = np.empty(len(self.counts))
        squares = np.empty(len(self.counts))
        for part in _parts(self.counts):
            count = self.counts[part].take(found.order, axis=1).astype(np.float64)
            weight = np.add.reduceat(count, found.starts, axis=1) if tied else count
            ranks = np.cumsum(weight, axis=1)
            ranks *= 2
            ranks -= weight
            ranks -= n  # doubled average rank minus the doubled mean rank
            weight = weight * ranks
            squares[part] = np.einsum("ij,ij->i", weight, ranks)
            if tied:
                weight = count * np.repeat(ranks, sizes, axis=1)
            covariance[part] = np.einsum(
                "ij,ij->i", weight, self._ranks[part].take(gold_group, axis=1)
            )
        return _ratio(covariance, squares * self._squares)

    def pearson(self, scores: Floats) -> Floats:
        """Return Pearson's correlation of `scores` with the gold in each resample.

        Args and returns are those of `spearman`.
        """
        x, y = scores - scores.mean(), self._gold
        columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
        sums = np.concatenate([self.counts[part] @ columns for part in _parts(self.counts)])
        x1, y1, xx, yy, xy = (sums / len(scores)).T
        return _ratio(xy - x1 * y1, (xx - x1 * x1).clip(0) * (yy - y1 * y1).clip(0))


def interval(replicates: Floats, confidence: float) -> Interval | None:
    """Return the percentile interval of bootstrap replicates.

    Replicates that are undefined (a resample of equal values) are left out; where they are more
    than 5%, the sample is too small to say anything and the answer is None.
    """
    defined = replicates[np.isfinite(replicates)]
    if len(defined) < 0.95 * len(replicates) or len(defined) == 0:
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def _group_ranks(counts: Counts, found: Groups) -> tuple[NDArray[np.int32], Floats]:
    """Return doubled centred average ranks of each run of equal values, and their squares' sums."""
    n = counts.shape[1]
    ranks = np.empty((len(counts), len(found.starts)), dtype=np.int32)
    squares = np.empty(len(counts))
    for part in _parts(counts):
        count = counts[part].take(found.order, axis=1).astype(np.int64)
        weight = np.add.reduceat(count, found.starts, axis=1)
        doubled = 2 * np.cumsum(weight, axis=1) - weight - n
        ranks[part] = doubled
        squares[part] = (weight * doubled * doubled).sum(axis=1)
    return ranks, squares


def _parts(counts: Counts) -> list[slice]:
    rows = max(1, _CELLS // max(1, counts.shape[1]))
    return [slice(at, at + rows) for at in range(0, len(counts), rows)]


def _ratio(covariance: Floats, squares: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = covariance / np.sqrt(squares)
    value[squares <= 0] = np.nan
    return value.clip(-1, 1)
