"""Compute Spearman's and Pearson's correlation of many score vectors with one gold vector."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError

Floats = NDArray[np.float64]


def midranks(values: Floats) -> Floats:
    """Return average ranks along the last axis, counted from 1, as scipy's `rankdata` does.

    Args:
        values: Finite numbers, shape (..., n).
    """
    order = np.argsort(values, axis=-1)
    return _unsort(_sorted_midranks(np.take_along_axis(values, order, -1)), order)


def spearman(scores: Floats, gold: Floats) -> Floats:
    """Return Spearman's correlation of every row of `scores` with `gold`.

    Equal to `scipy.stats.spearmanr` to 1e-12, ties included.

    Args:
        scores: Shape (m, n) or (n,).
        gold: Shape (n,).

    Returns:
        Shape (m,), or a 0-d array for one row.

    Raises:
        ScoreError: A row, or the gold, is constant, or holds NaN or infinity.
    """
    return _defined(spearman_or_nan(scores, GoldRanks(gold)), "spearman")


def pearson(scores: Floats, gold: Floats) -> Floats:
    """Return Pearson's correlation of every row of `scores` with `gold`.

    Arguments, result and errors are as in `spearman`.
    """
    scores, gold = _finite(scores, "scores"), _finite(gold, "gold")
    x = scores - scores.mean(axis=-1, keepdims=True)
    y = gold - gold.mean()
    # constant rows leave rounding noise after centring, so test the values, not the variance
    constant = scores.max(axis=-1) == scores.min(axis=-1)
    constant |= gold.max() == gold.min()
    x /= np.where(constant, 1, np.linalg.norm(x, axis=-1))[..., None]
    y /= np.linalg.norm(y) or 1
    value = np.einsum("...i,i->...", x, y)
    return _defined(np.where(constant, np.nan, value).clip(-1, 1), "pearson")


class GoldRanks:
    """The gold's centred ranks, computed once for many score vectors.

    Attributes:
        centred: Average rank minus the mean rank, times 2: whole numbers, so sums are exact.
        squares: Sum of squares of `centred`.
    """

    def __init__(self, gold: Floats) -> None:
        gold = _finite(gold, "gold")
        if gold.ndim != 1 or len(gold) < 2 or gold.max() == gold.min():
            raise ScoreError("gold is constant: a correlation with it is undefined")
        self.centred = 2 * midranks(gold) - (len(gold) + 1)
        self.squares = _dot(self.centred, self.centred)


def spearman_or_nan(scores: Floats, gold: GoldRanks) -> Floats:
    """Return `spearman`'s values, NaN for a constant row.

    Raises:
        ScoreError: The scores hold NaN or infinity, or do not fit the gold.
    """
    n = scores.shape[-1]
    if n != len(gold.centred):
        raise ScoreError(
            f"there must be one score for each of the {len(gold.centred)} gold values, got {n}"
        )
    position = 2 * np.arange(n, dtype=np.float64) - (n - 1)  # doubled centred ranks, no ties
    untied = _dot(position, position)
    rows = np.asarray(scores, dtype=np.float64).reshape(-1, n)
    values = np.empty(len(rows))
    for i, row in enumerate(rows):  # a row at a time stays in the cache
        order = np.argsort(row)
        ordered = row.take(order)
        _finite(ordered[[0, -1]], "scores")  # NaN and infinity sort to the ends
        if ordered[0] == ordered[-1]:
            values[i] = np.nan
            continue
        ranks, squares = position, untied
        if (ordered[1:] == ordered[:-1]).any():
            ranks = 2 * _sorted_midranks(ordered) - (n + 1)
            squares = _dot(ranks, ranks)
        values[i] = _dot(gold.centred.take(order), ranks) / np.sqrt(squares * gold.squares)
    clipped: Floats = values.clip(-1, 1).reshape(scores.shape[:-1])
    return clipped


def _sorted_midranks(ordered: Floats) -> Floats:
    """Return the average ranks of values that are sorted along the last axis."""
    n = ordered.shape[-1]
    index = np.broadcast_to(np.arange(n), ordered.shape)
    new = np.ones(ordered.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(new, index, 0), axis=-1)
    ends = np.ones(ordered.shape, dtype=bool)
    ends[..., :-1] = new[..., 1:]
    last = np.where(ends, index, n)[..., ::-1]
    last = np.minimum.accumulate(last, axis=-1)[..., ::-1]
    return (first + last) / 2 + 1.0


def _dot(a: Floats, b: Floats) -> float:
    return float(np.einsum("i,i->", a, b))  # BLAS would wake every core for it


def _unsort(ranks: Floats, order: NDArray[np.intp]) -> Floats:
    out = np.empty_like(ranks)
    np.put_along_axis(out, order, ranks, -1)
    return out


def _finite(values: Floats, name: str) -> Floats:
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ScoreError(f"{name} hold NaN or infinity: no correlation is defined")
    return values


def _defined(value: Floats, metric: str) -> Floats:
    if np.isnan(value).any():
        raise ScoreError(f"{metric} of a constant vector is undefined")
    return value


class Groups(NamedTuple):
    """The runs of equal values in sorted order.

    Attributes:
        order: Indices that sort the values, shape (n,).
        starts: Start of each run of equal values in that order, shape (g,).
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


class Ties(NamedTuple):
    """The runs of two or more equal values.

    Attributes:
        places: Positions in sorted order that belong to such a run, shape (t,).
        starts: Start of each run in `places`, shape (g,).
        ends: Last position of each run in sorted order, shape (g,).
    """

    places: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]


def find_ties(grouped: Groups) -> Ties | None:
    """Return the runs of two or more equal values, None where all values differ."""
    n = len(grouped.order)
    sizes = np.diff(np.append(grouped.starts, n))
    runs = np.flatnonzero(sizes > 1)
    if len(runs) == 0:
        return None
    tied = np.repeat(sizes > 1, sizes)
    starts = np.concatenate([[0], np.cumsum(sizes[runs])[:-1]])
    return Ties(np.flatnonzero(tied), starts, grouped.starts[runs] + sizes[runs] - 1)
