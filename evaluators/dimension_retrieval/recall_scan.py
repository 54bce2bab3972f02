"""Measure recall@1 at many numbers of dimensions in one pass over queries and items.

With a nested projection the inner products at n dimensions are those at the previous n plus the
products of the coordinates in between: one matrix product of small depth for each n, added in
place. Whether item j beats query i's own item, cos_ij >= cos_i, needs no division by lengths:

    q_i . x_j - cos_i |q_i| |x_j| >= 0,

and the second term is an outer product: two more columns of the same matrix product, one of
which subtracts the term of the previous n. Then one pass over the block finds its maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg.blas import sgemm
from torch import Tensor

from evaluators.dimension_retrieval.items import CHUNK, Items, Queries, chunk_count
from evaluators.dimension_retrieval.projection import Projection
from evaluators.dimension_retrieval.threads import in_order

TIE = 2e-6
"""An item whose cosine is above the own item's less this counts as nearer: a tie counts against
the query, and float32 cannot tell a tie from a little less."""


class Blocks(NamedTuple):
    """Sizes of the blocks that are compared at once; they do not change the results."""

    queries: int = 256
    items: int = CHUNK


class Scan(NamedTuple):
    """Result of one pass.

    Attributes:
        right: Whether the own item is nearer than every other, shape (Q, len(dims)).
        working_bytes: Bytes of the arrays in memory at once, over all threads, without the array
            of the items.
    """

    right: NDArray[np.bool_]
    working_bytes: int


def scan(
    items: Items,
    queries: Queries,
    projection: Projection,
    dims: Sequence[int],
    *,
    device: str = "cpu",
    blocks: Blocks | None = None,
    done: Callable[[int], None] | None = None,
) -> Scan:
    """Return for each query and n whether its own item is the nearest by cosine.

    Args:
        items: N items; each thread has one chunk in memory at a time.
        queries: Q queries and the items they should find.
        projection: To at least max(dims) dimensions.
        dims: Rising numbers of dimensions.
        device: `cpu` or a CUDA device.
        blocks: Block sizes.
        done: Called with the number of items compared so far.
    """
    size = blocks or (Blocks() if device == "cpu" else Blocks(queries=8192))
    lead = Projection(projection.matrix[: dims[-1]].to(device), projection.mean.to(device))
    starts = range(0, len(queries.own), size.queries)
    sides = [_query_side(items, queries, lead, dims, slice(at, at + size.queries)) for at in starts]
    own = queries.own.to(device)
    beaten_queries = torch.zeros((len(dims), len(own)), dtype=torch.bool, device=device)

    def compare(part: int) -> tuple[Tensor, int]:
        """Return which queries are beaten by an item of a chunk, and the bytes used."""
        chunk = items.chunk(part).to(device)
        beaten = torch.zeros_like(beaten_queries)
        table = torch.empty(
            min(size.queries, len(own)) * min(size.items, len(chunk)), device=device
        )
        for at in range(0, len(chunk), size.items):
            columns = item_columns(lead(chunk[at : at + size.items]), dims)
            for start, side in zip(starts, sides, strict=True):
                rows = slice(start, start + size.queries)
                own_places = own[rows] - part * CHUNK - at
                beaten[:, rows] |= _beaten(
                    side, columns, own_places, beaten_queries[:, rows], table
                )
        return beaten, 3 * _bytes(chunk) + _bytes(table) + 3 * _bytes(columns.values)

    workers = min(torch.get_num_threads(), chunk_count(items))
    largest = seen = 0
    for beaten, used_bytes in in_order(chunk_count(items), compare):
        beaten_queries |= beaten
        largest, seen = max(largest, used_bytes), min(seen + CHUNK, items.count)
        if done:
            done(seen)
    held_bytes = sum(_bytes(side.values) for side in sides) + _bytes(queries.vectors)
    held_bytes += _bytes(lead.matrix) + 2 * workers * _bytes(beaten_queries)
    return Scan(~beaten_queries.T.cpu().numpy(), held_bytes + workers * largest)


def _beaten(queries: Columns, items: Columns, own: Tensor, known: Tensor, memory: Tensor) -> Tensor:
    """Return which queries are beaten by an item of a block at each n, shape (dims, q).

    Args:
        queries: q queries.
        items: m items.
        own: Place of each query's own item in this block; outside 0 … m - 1 it is in another one.
        known: Queries beaten before, shape (dims, q); an n where all are beaten is skipped.
        memory: Workspace of at least q m numbers.
    """
    height, width = queries.values.shape[1], items.values.shape[1]
    table = memory[: height * width].view(height, width)
    own_here = ((own >= 0) & (own < width)).nonzero()[:, 0]
    beaten = torch.zeros_like(known)
    for g, rows in enumerate(queries.rows):
        add_product(table, queries.values[rows], items.values[rows], fresh=g == 0)
        if g == 0:
            table[own_here, own[own_here]] = -torch.inf  # stays so, whatever is added later
        if not bool(known[g].all()):
            beaten[g] = table.amax(dim=1) >= 0
    return beaten


def _query_side(
    items: Items, queries: Queries, projection: Projection, dims: Sequence[int], part: slice
) -> Columns:
    device = projection.matrix.device
    item = items.take(queries.own[part]).to(device)
    return query_columns(projection(queries.vectors[part].to(device)), projection(item), dims)


def _bytes(tensor: Tensor) -> int:
    return tensor.element_size() * tensor.numel()


class Columns(NamedTuple):
    """One side of the matrix products.

    Attributes:
        values: Shape (rows, queries or items).
        rows: `values[rows[g]]` is what the g-th number of dimensions adds.
    """

    values: Tensor
    rows: list[slice]


def query_columns(query: Tensor, item: Tensor, dims: Sequence[int]) -> Columns:
    """Lay out projected queries as columns of the matrix products.

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


def _lay_out(
    coordinates: Tensor, length: Tensor, length_before: Tensor, dims: Sequence[int]
) -> Columns:
    """For each n: the new coordinates, `length` at this n, `length_before` at the last n."""
    pieces, rows, at, last = [], [], 0, 0
    for g, n in enumerate(dims):
        piece = [
            coordinates[last:n],
            length[g : g + 1],
            length_before[g - 1 : g] if g else length[:0],
        ]
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


def add_product(total: Tensor, left: Tensor, right: Tensor, *, fresh: bool) -> None:
    """Add left^T right to `total`, or store it there; a scan spends most of its time here.

    On the CPU it uses scipy's OpenBLAS, which at a depth of 10 is 5 times as fast as torch's
    product on AMD, and writes to `total` without another copy.

    Args:
        total: Shape (q, m), contiguous, float32; changed.
        left: Shape (k, q), contiguous.
        right: Shape (k, m), contiguous.
        fresh: Whether to overwrite `total`.
    """
    if total.is_cuda:
        total.addmm_(left.T, right, beta=0.0 if fresh else 1.0)
        return
    if fresh:
        total.zero_()  # with beta 0, sgemm may keep NaN from uninitialised memory
    sgemm(
        1.0,
        right.numpy().T,  # Fortran order: nothing is copied
        left.numpy().T,
        1.0,
        total.numpy().T,
        trans_b=True,
        overwrite_c=True,
    )
