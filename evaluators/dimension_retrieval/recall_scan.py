"""Measure recall@1 at many numbers of dimensions in one pass over queries and items.

With a nested projection the inner products at n dimensions are those at the n before plus the
products of the coordinates between: one matrix product of small depth for each n, added in
place. Whether item j beats query i's own item, cos_ij >= cos_i, needs no division by lengths:

    q_i . x_j - cos_i |q_i| |x_j| >= 0,

and the second term is an outer product: two more columns of the same matrix product, one of
which takes back the term of the n before. What is left is one reading of the block for its
maximum.
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
    """How much is compared at once; changes no number."""

    queries: int = 256
    items: int = CHUNK


class Scan(NamedTuple):
    """What one pass found.

    Attributes:
        right: Whether the own item is nearer than every other, shape (Q, len(dims)).
        working_bytes: Size of the arrays held at once, all threads together; the array the
            items come from, where there is one, left out.
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
        items: N items; a chunk a thread is held at a time.
        queries: Q queries and the items they should find.
        projection: To at least max(dims) dimensions.
        dims: Rising numbers of dimensions.
        device: `cpu` or a CUDA device.
        blocks: Block sizes.
        done: Called with the number of items seen so far.
    """
    size = blocks or (Blocks() if device == "cpu" else Blocks(queries=8192))
    lead = Projection(projection.matrix[: dims[-1]].to(device), projection.mean.to(device))
    starts = range(0, len(queries.own), size.queries)
    sides = [_query_side(items, queries, lead, dims, slice(at, at + size.queries)) for at in starts]
    own = queries.own.to(device)
    lost = torch.zeros((len(dims), len(own)), dtype=torch.bool, device=device)

    def compare(part: int) -> tuple[Tensor, int]:
        """Return which queries some item of one chunk beats, and the size of what it took."""
        chunk = items.chunk(part).to(device)
        beaten = torch.zeros_like(lost)
        table = torch.empty(
            min(size.queries, len(own)) * min(size.items, len(chunk)), device=device
        )
        for at in range(0, len(chunk), size.items):
            columns = item_columns(lead(chunk[at : at + size.items]), dims)
            for start, side in zip(starts, sides, strict=True):
                found = slice(start, start + size.queries)
                here = own[found] - part * CHUNK - at
                beaten[:, found] |= _beaten(side, columns, here, lost[:, found], table)
        return beaten, 3 * _bytes(chunk) + _bytes(table) + 3 * _bytes(columns.values)

    workers = min(torch.get_num_threads(), chunk_count(items))
    most = seen = 0
    for beaten, taken in in_order(chunk_count(items), compare):
        lost |= beaten
        most, seen = max(most, taken), min(seen + CHUNK, items.count)
        if done:
            done(seen)
    held = sum(_bytes(side.values) for side in sides) + _bytes(queries.vectors)
    held += _bytes(lead.matrix) + 2 * workers * _bytes(lost)
    return Scan(~lost.T.cpu().numpy(), held + workers * most)


def _beaten(queries: Columns, items: Columns, own: Tensor, known: Tensor, memory: Tensor) -> Tensor:
    """Return which queries some item of this block beats at each n, shape (dims, q).

    Args:
        queries: q queries.
        items: m items.
        own: Place of each query's own item in this block; below 0 or at least m: in another.
        known: Queries beaten before, shape (dims, q): an n where all are is not looked at.
        memory: At least q m numbers to work in.
    """
    height, width = queries.values.shape[1], items.values.shape[1]
    table = memory[: height * width].view(height, width)
    here = ((own >= 0) & (own < width)).nonzero()[:, 0]
    beaten = torch.zeros_like(known)
    for g, rows in enumerate(queries.rows):
        add_product(table, queries.values[rows], items.values[rows], fresh=g == 0)
        if g == 0:
            table[here, own[here]] = -torch.inf  # and stays so, whatever is added
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


def add_product(total: Tensor, left: Tensor, right: Tensor, *, fresh: bool) -> None:
    """Add left^T right to `total`, or store it there: where the time of a scan goes.

    On the CPU by scipy's OpenBLAS: at a depth of 10 it adds 5 times as fast as torch's product
    on AMD, and it writes to `total` without another copy.

    Args:
        total: Shape (q, m), contiguous, float32; changed.
        left: Shape (k, q), contiguous.
        right: Shape (k, m), contiguous.
        fresh: Whether to overwrite what `total` holds.
    """
    if total.is_cuda:
        total.addmm_(left.T, right, beta=0.0 if fresh else 1.0)
        return
    if fresh:
        total.zero_()  # sgemm with beta 0 may leave NaN from memory never written
    sgemm(
        1.0,
        right.numpy().T,  # Fortran order: nothing is copied
        left.numpy().T,
        1.0,
        total.numpy().T,
        trans_b=True,
        overwrite_c=True,
    )
