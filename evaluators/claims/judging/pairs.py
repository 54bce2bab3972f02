"""How many pairs of models one ranking turns over against another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.claims.judging.evidence import Resampled

MOST_PAIRS = 25_000
_SEED = 1342
_BLOCK = 1 << 19  # pairs × resamples looked at at once

Ranks = NDArray[np.integer[Any]]


class Pairs(NamedTuple):
    """Pairs of models, as positions on the board; all of them, or a random sample of many."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    sampled: bool


def pairs_of(positions: NDArray[np.int64]) -> Pairs:
    """Return every pair of these rows, or `MOST_PAIRS` drawn ones where there are more."""
    n = len(positions)
    if n * (n - 1) // 2 <= MOST_PAIRS:
        i, j = np.triu_indices(n, 1)
        return Pairs(positions[i], positions[j], False)
    rng = np.random.default_rng(_SEED)
    i = rng.integers(0, n, MOST_PAIRS)
    j = rng.integers(0, n - 1, MOST_PAIRS)
    return Pairs(positions[i], positions[j + (j >= i)], True)


def ranked_under(resampled: Resampled, mean: str) -> NDArray[np.int64]:
    """Return the positions on the board of the rows that have a rank under a mean."""
    return resampled[mean].contest.positions


def ranked_under_all(resampled: Resampled) -> NDArray[np.int64]:
    """Return the positions on the board of the rows that have a rank under every mean."""
    common = set.intersection(*(set(ranked_under(resampled, m).tolist()) for m in resampled))
    return np.array(sorted(common), dtype=np.int64)


def ranks(resampled: Resampled, mean: str) -> Ranks:
    """Return (rows, 1) ranks by position on the board, 0 for none."""
    contest = resampled[mean].contest
    return _by_position(contest.ranks[:, None], contest.positions)


def drawn_ranks(resampled: Resampled, mean: str) -> Ranks:
    """Return (rows, resamples) the same of each resample of the tasks."""
    found = resampled[mean]
    return _by_position(found.ranks.T, found.contest.positions)


def turned_over(one: Ranks, other: Ranks, pairs: Pairs) -> NDArray[np.float64]:
    """Return (resamples,): the share of all pairs that the two rank the other way round.

    Pairs that are tied or unranked in either are not turned over.

    Args:
        one: (rows, resamples or 1).
        other: (rows, resamples or 1).
        pairs: The pairs.
    """
    if other.shape[1] == 1:
        return _turned_over_against_one(one, other, pairs)
    width = max(one.shape[1], other.shape[1])
    count = np.zeros(width, dtype=np.int64)
    step = max(1, min(_BLOCK // width, np.iinfo(np.uint16).max))
    for start in range(0, len(pairs.left), step):
        left, right = pairs.left[start : start + step], pairs.right[start : start + step]
        above, below = _orders(one, left, right)
        above_too, below_too = _orders(other, left, right)
        opposed = (above & below_too) | (below & above_too)
        # A sum of short numbers takes a fraction of the time of count_nonzero.
        count += np.add.reduce(opposed.view(np.uint8), axis=0, dtype=np.uint16)
    return np.asarray(count / max(1, len(pairs.left)), dtype=np.float64)


def _turned_over_against_one(one: Ranks, other: Ranks, pairs: Pairs) -> NDArray[np.float64]:
    """Return the same against a single ranking: its better row leads each pair, ties drop out."""
    above, below = (order[:, 0] for order in _orders(other, pairs.left, pairs.right))
    better = np.concatenate([pairs.left[above], pairs.right[below]])
    worse = np.concatenate([pairs.right[above], pairs.left[below]])
    width = one.shape[1]
    count = np.zeros(width, dtype=np.int64)
    step = max(1, min(_BLOCK // width, np.iinfo(np.uint16).max))
    for start in range(0, len(better), step):
        block = slice(start, start + step)
        a, b = _rows_of(one, better[block]), _rows_of(one, worse[block])
        opposed = np.greater(a, b)
        if not b.all():
            opposed &= b > 0  # 0 is no rank, not the best one
        count += np.add.reduce(opposed.view(np.uint8), axis=0, dtype=np.uint16)
    return np.asarray(count / max(1, len(pairs.left)), dtype=np.float64)


def _orders(
    by_row: Ranks, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the left is ranked above the right, and where below."""
    a, b = _rows_of(by_row, left), _rows_of(by_row, right)
    above, below = np.less(a, b), np.greater(a, b)
    for rank, better in ((a, above), (b, below)):
        if not rank.all():
            better &= rank > 0  # 0 is no rank, not the best one
    return above, below


def _rows_of(by_row: Ranks, positions: NDArray[np.int64]) -> Ranks:
    """Return rows by position; those past the last ranked row have no rank."""
    return by_row[np.minimum(positions, len(by_row) - 1)]


def _by_position(of_ranked: Ranks, positions: NDArray[np.int64]) -> Ranks:
    """Spread ranks over the rows of the board; one row more stands for all that follow."""
    full = np.zeros((int(positions.max()) + 2, of_ranked.shape[1]), dtype=of_ranked.dtype)
    full[positions] = of_ranked
    return full
