"""Cosine similarity of pairs at every number of kept dimensions, from three running sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 1 << 16  # numbers in a block: a few float64 blocks of this size stay in the cache


class Block(NamedTuple):
    """Cosines at consecutive numbers of dimensions."""

    start: int  # k of the first row
    cosines: Floats  # (rows, pairs)


def prefix_cosines(
    columns: Floats, first: NDArray[np.intp], second: NDArray[np.intp]
) -> Iterator[Block]:
    """Yield the cosine of each pair on the first k dimensions, for k = 1 … d.

    The cosine is the running sum of a·b over the roots of the running sums of a² and b²: one pass
    gives all d of them. Where both sides are the same sentence it is exactly 1, and at k = 1
    exactly a sign, so that rounding makes no ranks of its own. A side that is zero so far has
    cosine 0.

    Args:
        columns: Vectors as columns, one row a dimension, shape (d, m).
        first: Column of each pair's first sentence, shape (n,).
        second: Column of each pair's second sentence, shape (n,).
    """
    inverse = np.cumsum(columns * columns, axis=0)
    np.sqrt(inverse, out=inverse)
    inverse[inverse == 0] = np.inf
    np.reciprocal(inverse, out=inverse)
    same = np.flatnonzero(first == second)
    rows = max(1, _CELLS // max(1, len(first)))
    carried = np.zeros(len(first))
    for at in range(0, len(columns), rows):
        part = slice(at, at + rows)
        products = columns[part].take(first, axis=1)
        products *= columns[part].take(second, axis=1)
        products[0] += carried
        cosines = np.cumsum(products, axis=0, out=products)
        carried = cosines[-1].copy()
        cosines *= inverse[part].take(first, axis=1)
        cosines *= inverse[part].take(second, axis=1)
        if at == 0:
            cosines[0] = np.sign(cosines[0])
        cosines[:, same] = inverse[part].take(first[same], axis=1) > 0
        yield Block(at + 1, cosines)
