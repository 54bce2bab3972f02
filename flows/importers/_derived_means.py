"""Tell a column that is the mean or sum of others from one that agrees by chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Numbers = NDArray[np.floating[Any]] | NDArray[np.integer[Any]] | float
_CHANCE = 1e-3
"""Largest probability of agreeing by chance at which a column is taken for a computed one."""


@dataclass(frozen=True)
class Table:
    """Numbers, and how exactly they are printed.

    Attributes:
        names: The c names of the columns.
        x: (n, c) numbers, NaN where there is none.
        step: (c,) the unit of the last printed digit.
    """

    names: tuple[str, ...]
    x: NDArray[np.float64]
    step: NDArray[np.float64]

    def named(self, columns: Iterable[int]) -> tuple[str, ...]:
        """Return the names of some columns."""
        return tuple(self.names[j] for j in columns)


def computed_as(table: Table, j: int, others: Sequence[int], *, tried: int, expected: bool) -> str:
    """Return whether column j is the `mean` or the `sum` of others; empty if neither is sure.

    Args:
        table: The numbers.
        j: The column.
        others: The others, at least two.
        tried: How many pairs of a column and its others are looked at: by so much more likely is
            an agreement by chance.
        expected: Whether tables often have a column that is computed of just these, so that two
            rows are enough, and columns that rise and fall together raise no doubt.
    """
    complete = ~np.isnan(table.x[:, [j, *others]]).any(axis=1)
    column, rest = table.x[complete, j], table.x[complete][:, others]
    for kind, computed, slack in (
        ("mean", rest.mean(axis=1), _slack(table, j, others, 1)),
        ("sum", rest.sum(axis=1), _slack(table, j, others, len(others))),
    ):
        if len(column) and _agrees(column, computed, slack).all():
            different = np.unique(np.column_stack([column, rest]), axis=0)
            if len(different) < (2 if expected else 3) or not np.ptp(different[:, 0]):
                return ""
            chance = _chance(different[:, 1:], 2 * float(slack), together=not expected)
            return kind if chance * tried <= _CHANCE else ""
    return ""


def _slack(table: Table, j: int, others: Sequence[int], times: _Numbers) -> _Numbers:
    """Return how far rounding moves column j from what is computed of others."""
    own, of_others = float(table.step[j]), float(table.step[others].max())
    return own / 2 + times * (of_others / 2)


def _agrees(column: _Numbers, computed: _Numbers, slack: _Numbers) -> NDArray[np.bool_]:
    return np.asarray(np.abs(column - computed) <= slack * (1 + 1e-6) + 1e-9)


def _chance(rest: NDArray[np.float64], width: float, *, together: bool) -> float:
    """Return how likely a column that is not computed agrees with the means of the others.

    Such a column differs from the means as the others do, normally. Columns of real boards rise and
    fall together: then it differs by an offset, the same in all rows, and by what is left of each
    cell without the means of its row and column.

    Args:
        rest: (n, m) cells of the others, m at least 2; no row is there twice.
        width: How far apart two numbers may be that both agree with one mean.
        together: Whether columns may rise and fall together.
    """
    telling = rest[np.ptp(rest, axis=1) > 0]  # equal cells have themselves as their mean
    n, m = telling.shape
    if n < 2:
        return 1.0
    apart = telling - telling.mean(axis=1, keepdims=True)
    if not together:
        return math.pow(_within(width, math.sqrt((apart**2).sum() / (n * (m - 1)))), n)
    offsets = apart.mean(axis=0)
    of_columns = math.sqrt((offsets**2).sum() / (m - 1))
    of_cells = math.sqrt(((apart - offsets) ** 2).sum() / ((n - 1) * (m - 1)))
    return _within(width, of_columns) * math.pow(_within(width, of_cells), n - 1)


def _within(width: float, deviation: float) -> float:
    """Return the probability that a normal number lies within a small width around 0."""
    reach = deviation * math.sqrt(2 * math.pi)
    return 1.0 if reach <= width else width / reach


def runs_like(table: Table, j: int, others: Sequence[int]) -> Iterator[list[int]]:
    """Yield the runs of neighbours whose mean or sum is column j in each of three and more rows.

    Args:
        table: The numbers.
        j: The column.
        others: Other columns, in the order in which they are neighbours.
    """
    stated = ~np.isnan(table.x[:, j])
    rest, column = table.x[stated][:, others], table.x[stated, j]
    gaps = np.isnan(rest)
    start, end = _complete_in(~gaps, rows=3)
    # Totals of runs are differences of running totals. Few runs pass the first row that has all.
    sums = np.pad(np.cumsum(np.where(gaps, 0, rest), axis=1), ((0, 0), (1, 0)))
    missing = np.pad(np.cumsum(gaps, axis=1), ((0, 0), (1, 0)))
    is_mean, is_sum = np.ones((2, len(start)), dtype=np.bool_)
    for row in range(len(rest)):
        if not len(start):
            return
        length, total = end - start, sums[row, end] - sums[row, start]
        blank = missing[row, end] > missing[row, start]
        is_mean &= blank | _agrees(column[row], total / length, _slack(table, j, others, 1))
        is_sum &= blank | _agrees(column[row], total, _slack(table, j, others, length))
        left = is_mean | is_sum
        start, end, is_mean, is_sum = start[left], end[left], is_mean[left], is_sum[left]
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        yield list(others[a:b])


def _complete_in(
    full: NDArray[np.bool_], *, rows: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return start and end of the runs of two and more columns that enough rows have in full."""
    start, end = np.triu_indices(full.shape[1] + 1, 2)
    if full.all():
        return (start, end) if len(full) >= rows else (start[:0], end[:0])
    counts = [
        np.logical_and.accumulate(full[:, k:], axis=1).sum(axis=0)[1:]
        for k in range(full.shape[1] - 1)
    ]
    enough = np.concatenate([*counts, np.zeros(0, dtype=np.int64)]) >= rows
    return start[enough], end[enough]
