"""Items and noisy queries: unit vectors, drawn or from an array, a chunk at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHUNK = 2048
"""Items per chunk. Fixed, since each chunk of synthetic items has a generator of its own."""
Stream = Literal["items", "noise", "projection", "sample"]
Entropy = tuple[int, ...]
"""Numbers that identify a draw of an experiment: seed, sizes, replicate; not negative."""
_STREAMS: tuple[Stream, ...] = ("items", "noise", "projection", "sample")


def generator(entropy: Entropy, stream: Stream, part: int = 0) -> torch.Generator:
    """Return a CPU generator for one part of one stream, independent of the order of use.

    Numbers are always drawn on the CPU: where a job runs is not part of its identity.
    """
    words = np.random.SeedSequence([*entropy, _STREAMS.index(stream), part])
    return torch.Generator().manual_seed(int(words.generate_state(1, np.uint64)[0] >> 1))


class Items(Protocol):
    """N unit vectors of R^d.

    Attributes:
        count: N.
        width: d.
    """

    @property
    def count(self) -> int: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102

    def chunk(self, part: int) -> Tensor:
        """Return items part * CHUNK up to the next chunk, shape (<= CHUNK, d), float32."""

    def take(self, indices: Tensor) -> Tensor:
        """Return the items at `indices`, shape (len(indices), d), float32."""


@dataclass(frozen=True)
class SyntheticItems:
    """Independent directions, uniform on the sphere of R^d, drawn again at each use.

    Attributes:
        count: N.
        width: d.
        entropy: Seeds of the items.
    """

    count: int
    width: int
    entropy: Entropy

    def chunk(self, part: int) -> Tensor:
        """Draw one chunk, which is the same each time."""
        rows = min(CHUNK, self.count - part * CHUNK)
        source = generator(self.entropy, "items", part)
        return unit(torch.randn((rows, self.width), generator=source))

    def take(self, indices: Tensor) -> Tensor:
        """Draw the chunks that hold the given items, and return these items."""
        rows = torch.empty((len(indices), self.width))
        parts = indices // CHUNK
        for part in torch.unique(parts).tolist():
            in_part = parts == part
            rows[in_part] = self.chunk(part)[indices[in_part] - part * CHUNK]
        return rows


@dataclass(frozen=True)
class ArrayItems:
    """Validated rows of an array, neither copied nor changed.

    Attributes:
        rows: Shape (N, d), of any float type, no row zero.
    """

    rows: NDArray[np.floating]

    @property
    def count(self) -> int:
        """N."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Coordinates of an item."""
        return int(self.rows.shape[1])

    def chunk(self, part: int) -> Tensor:
        """Return one chunk at length 1."""
        return unit_rows(self.rows[part * CHUNK : (part + 1) * CHUNK])

    def take(self, indices: Tensor) -> Tensor:
        """Return some items at length 1."""
        return unit_rows(self.rows[indices.numpy()])


def unit(rows: Tensor) -> Tensor:
    """Scale rows to length 1."""
    scaled: Tensor = rows / rows.norm(dim=1, keepdim=True)
    return scaled


def unit_rows(rows: NDArray[np.floating]) -> Tensor:
    """Scale rows of any size and float type to length 1, and return float32."""
    if rows.dtype == np.float32:
        as_tensor = torch.from_numpy(rows)
        lengths = as_tensor.norm(dim=1, keepdim=True)
        if float(lengths.min()) > 1e-12 and float(lengths.max()) < 1e12:
            scaled: Tensor = as_tensor / lengths
            return scaled
    as_float64 = rows.astype(np.float64)
    as_float64 /= np.abs(as_float64).max(axis=1, keepdims=True)  # else squares of 1e-200 vanish
    return unit(torch.from_numpy(as_float64)).float()


def chunks(items: Items) -> Iterator[tuple[int, Tensor]]:
    """Yield (index of the first item, chunk)."""
    for part in range(chunk_count(items)):
        yield part * CHUNK, items.chunk(part)


def chunk_count(items: Items) -> int:
    """Return the number of chunks."""
    return -(-items.count // CHUNK)


class Queries(NamedTuple):
    """Queries and their items.

    Attributes:
        vectors: Shape (Q, d), float32.
        own: Index of the item each query should find, shape (Q,), int64.
    """

    vectors: Tensor
    own: Tensor


def noisy_queries(items: Items, own: Tensor, rho: float, source: torch.Generator) -> Queries:
    """Return rho x + sqrt(1 - rho²) e for the items x at `own`.

    The noise e is a direction drawn uniformly from those orthogonal to x: a standard normal
    vector less its part along x, at length 1. So a query has length 1 and its cosine with its
    item is rho exactly, not on average.

    Args:
        items: The items.
        own: Indices of the queried items, shape (Q,), int64.
        rho: Cosine of query and item, 0 < rho < 1.
        source: Generator of the noise.
    """
    item = items.take(own)
    noise = torch.randn(item.shape, generator=source)
    orthogonal = noise - (noise * item).sum(dim=1, keepdim=True) * item
    return Queries(rho * item + math.sqrt(1 - rho * rho) * unit(orthogonal), own)
