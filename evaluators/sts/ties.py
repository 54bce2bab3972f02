"""Runs of equal values in sorted order: what average ranks need to know."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


class Ties(NamedTuple):
    """The runs of two or more equal scores.

    Attributes:
        places: Positions in sorted order that belong to one, shape (t,).
        starts: Where in `places` each run begins, shape (g,).
        ends: Last position of each run in sorted order, shape (g,).
    """

    places: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]


def find_ties(found: Groups) -> Ties | None:
    """Return the runs of two or more, None where all values differ."""
    n = len(found.order)
    sizes = np.diff(np.append(found.starts, n))
    runs = np.flatnonzero(sizes > 1)
    if len(runs) == 0:
        return None
    tied = np.repeat(sizes > 1, sizes)
    starts = np.concatenate([[0], np.cumsum(sizes[runs])[:-1]])
    return Ties(np.flatnonzero(tied), starts, found.starts[runs] + sizes[runs] - 1)
