"""Compute MTEB's similarities of pairs at every number of dimensions, in running sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from evaluators.sts.score import CELLS, Block, prefix_cosines

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Prefixes = Callable[[Floats, Places, Places], Iterator[Block]]


def prefix_dots(columns: Floats, first: Places, second: Places) -> Iterator[Block]:
    """Yield the dot product of each pair on the first k dimensions, for k = 1 … d.

    Args:
        columns: Vectors as columns, shape (d, m).
        first: Column of each pair's first sentence, shape (n,).
        second: Column of each pair's second sentence, shape (n,).
    """
    yield from _running(columns, first, second, np.multiply)


def prefix_manhattan(columns: Floats, first: Places, second: Places) -> Iterator[Block]:
    """Yield minus the sum of absolute differences; arguments are those of `prefix_dots`."""
    for start, sums in _running(columns, first, second, _absolute):
        yield Block(start, -sums)


def prefix_euclidean(columns: Floats, first: Places, second: Places) -> Iterator[Block]:
    """Yield minus the Euclidean distance; arguments are those of `prefix_dots`."""
    for start, sums in _running(columns, first, second, _squared):
        yield Block(start, -np.sqrt(sums))


SIMILARITIES: dict[str, Prefixes] = {
    "cosine": prefix_cosines,
    "dot": prefix_dots,
    "manhattan": prefix_manhattan,
    "euclidean": prefix_euclidean,
}
"""MTEB's similarities by name. Distances are negative here: more is more similar."""


def _running(
    columns: Floats, first: Places, second: Places, term: Callable[[Floats, Floats], Floats]
) -> Iterator[Block]:
    rows = max(1, CELLS // max(1, len(first)))
    carried = np.zeros(len(first))
    for at in range(0, len(columns), rows):
        part = columns[at : at + rows]
        terms = term(part.take(first, axis=1), part.take(second, axis=1))
        terms[0] += carried
        sums = np.cumsum(terms, axis=0, out=terms)
        carried = sums[-1].copy()
        yield Block(at + 1, sums)


def _absolute(a: Floats, b: Floats) -> Floats:
    a -= b
    return np.abs(a, out=a)


def _squared(a: Floats, b: Floats) -> Floats:
    a -= b
    a *= a
    return a
