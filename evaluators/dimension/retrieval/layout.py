"""Queries and items laid out as the columns of matrix products, one slice of rows an n."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

TIE = 2e-6
"""An item whose cosine is above the own item's less this counts as nearer: a tie counts against
the query, and float32 cannot tell a tie from a little less."""


class Columns(NamedTuple):
    """One side of the matrix products.

    Attributes:
        values: Shape (rows, queries or items).
        rows: `values[rows[g]]` is what the g-th number of dimensions adds.
    """

    values: Tensor
    rows: list[slice]


def query_columns(query: Tensor, item: Tensor, dims: Sequence[int]) -> Columns:
    """Lay out projected queries.

    Args:
        query: Projected queries, shape (n_max, q).
        item: The projected item each should find, shape (n_max, q). Where it is zero its cosine
            is undefined, and every other item counts as nearer.
        dims: Rising numbers of dimensions.
    """
    dot = _sums(query.double() * item.double(), dims)
    length = _sums(query.double().square(), dims).sqrt()
    own_length = _sums(item.double().square(), dims).sqrt()
    own = torch.where(own_length > 0, dot / own_length, -2 * length) - TIE * length
    return _lay_out(query, -own.float(), own.float(), dims)


def item_columns(item: Tensor, dims: Sequence[int]) -> Columns:
    """Lay out projected items, shape (n_max, m)."""
    length = _sums(item.square(), dims).sqrt()
    return _lay_out(item, length, length, dims)


def _lay_out(coordinates: Tensor, now: Tensor, before: Tensor, dims: Sequence[int]) -> Columns:
    """For each n: the new coordinates, `now` at this n, `before` at the last n."""
    pieces, rows, at, last = [], [], 0, 0
    for g, n in enumerate(dims):
        piece = [coordinates[last:n], now[g : g + 1], before[g - 1 : g] if g else now[:0]]
        depth = sum(len(each) for each in piece)
        pieces.extend(piece)
        rows.append(slice(at, at + depth))
        at, last = at + depth, n
    return Columns(torch.cat(pieces), rows)


def _sums(values: Tensor, dims: Sequence[int]) -> Tensor:
    """Return the sums over the first n coordinates for each n, shape (len(dims), columns)."""
    edges = [0, *dims]
    steps = [values[a:b].sum(dim=0) for a, b in pairwise(edges)]
    return torch.stack(steps).cumsum(dim=0)
