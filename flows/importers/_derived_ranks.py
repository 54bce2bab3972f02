"""Tell a column that counts rows, 1 for the best, from scores."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flows.importers._derived_means import Table

_CHANCE = 1 / 6 + 1e-9
"""Largest probability of the order of a rank by chance: that of three rows.

That a column of scores counts rows at all, 1 to n, is far less likely.
"""


def is_count(column: NDArray[np.float64]) -> bool:
    """Return whether a column is a permutation of 1 … n, n > 2, or ranks with ties."""
    values = column[~np.isnan(column)]
    levels, dense, counts = np.unique(values, return_inverse=True, return_counts=True)
    lowest, highest = (np.cumsum(counts) - counts)[dense] + 1, np.cumsum(counts)[dense]
    return len(levels) > 2 and any(
        np.array_equal(values, ranks)
        for ranks in (dense + 1, lowest, highest, (lowest + highest) / 2)
    )


def ranked_by(table: Table, j: int, scores: Sequence[int], singles: Sequence[int]) -> list[int]:
    """Return the columns by which column j counts the rows; none where it counts nothing.

    Args:
        table: The numbers.
        j: A column for which `is_count` holds.
        scores: Columns whose mean may be what counts, as may the order of the rows.
        singles: Columns each of which may be what counts.
    """
    falling = -np.arange(float(len(table.x)))
    for by in (falling, table.x[:, scores].mean(axis=1)):
        if _chance(table.x[:, j], by) <= _CHANCE:
            return list(scores)
    for i in singles:
        if _chance(table.x[:, j], table.x[:, i]) * len(singles) <= _CHANCE:
            return [i]
    return []


def _chance(ranks: NDArray[np.float64], by: NDArray[np.float64]) -> float:
    """Return the probability by chance that ranks follow falling scores; 1 where they do not."""
    known = ~np.isnan(ranks) & ~np.isnan(by)
    order = np.lexsort((-by[known], ranks[known]))
    tied = np.diff(ranks[known][order]) == 0
    steps = np.diff(by[known][order])
    falls = steps < -1e-9
    # Printed scores may be equal where ranks differ, not the other way round.
    if len(order) < 3 or (steps > 1e-9).any() or (tied & falls).any():
        return 1.0
    ties = np.diff(np.flatnonzero(np.concatenate([[True], falls, [True]])))
    return math.exp(sum(math.lgamma(t + 1) for t in ties.tolist()) - math.lgamma(len(order) + 1))
