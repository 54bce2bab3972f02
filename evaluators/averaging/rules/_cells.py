"""Helpers of the rules: tied cells, places in a column, duels between models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK_BYTES = 1 << 20  # of one block of duels: about the cache of a core


def settled(values: Floats, tolerance: float) -> Floats:
    """Make scores of a column equal that differ only by rounding.

    (90.1 + 89.9) / 2 and 90 are the same score, and no place may depend on their last bit.

    Args:
        values: (n, g); NaN stays NaN.
        tolerance: Largest difference of two tied neighbours in a column.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    steps = np.diff(ordered, axis=0)
    if not ((steps > 0) & (steps <= tolerance)).any():
        return values
    first = np.ones(ordered.shape, dtype=np.bool_)
    first[1:] = ~(steps <= tolerance)
    start = np.maximum.accumulate(np.where(first, np.arange(len(values))[:, None], 0), axis=0)
    equal = np.empty_like(values)
    np.put_along_axis(equal, order, np.take_along_axis(ordered, start, axis=0), axis=0)
    return equal


def tie_groups(values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and last place, 1 for the best, of the cells tied with each cell.

    Args:
        values: (n, g); NaN comes after every score and is tied with nothing.

    Returns:
        Two (n, g) of places.
    """
    n = len(values)
    order = np.argsort(-values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    new = np.ones((n + 1, values.shape[1]), dtype=np.bool_)
    new[1:n] = ordered[1:] != ordered[:-1]
    places = np.arange(1, n + 1)[:, None]
    first = np.maximum.accumulate(np.where(new[:n], places, 0), axis=0)
    last = np.minimum.accumulate(np.where(new[1:], places, n)[::-1], axis=0)[::-1]
    both = np.empty((2, n, values.shape[1]), dtype=np.intp)
    for side, places_of_side in zip(both, (first, last), strict=True):
        np.put_along_axis(side, order, places_of_side, axis=0)
    return both[0], both[1]


def mean_places(values: Floats) -> Floats:
    """Return the place of each cell in its column, (n, g), 1 for the best; ties share the mean."""
    first, last = tie_groups(values)
    return np.where(np.isnan(values), np.nan, (first + last) / 2)


def duels(values: Floats) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """Yield, by blocks of models, the columns won minus the columns lost against each model.

    Only one block of the n × n table is in memory at a time, and never n × n × g.

    Args:
        values: (n, g) without gaps.

    Yields:
        The b rows of a block, and their margins (b, n).
    """
    n, g = values.shape
    first, _ = tie_groups(values)
    kind = np.int16 if n < 2**15 else np.int32
    places = np.ascontiguousarray((n - first).T, dtype=kind)  # (g, n), higher better
    size = max(1, _BLOCK_BYTES // max(n, 1))
    narrow = 120  # int8 holds sums of up to 127 columns, which are then added to the total
    for begin in range(0, n, size):
        block = slice(begin, min(begin + size, n))
        margin = np.zeros((block.stop - begin, n), dtype=np.int32)
        for low in range(0, g, narrow):
            part = np.zeros(margin.shape, dtype=np.int8)
            for column in places[low : low + narrow]:
                own = column[block, None]
                part += (own > column).view(np.int8)
                part -= (own < column).view(np.int8)
            margin += part
        yield block, margin
