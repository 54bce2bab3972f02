"""The items that are searched, a chunk at a time: drawn anew each time, or rows of an array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension.retrieval.seeds import Entropy, generator

CHUNK = 2048
"""Items per chunk. Fixed, since each chunk of synthetic items has a generator of its own."""


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
    """Independent directions, uniform on the sphere of R^d; nothing is kept.

    Attributes:
        count: N.
        width: d.
        entropy: What the items are drawn from.
    """

    count: int
    width: int
    entropy: Entropy

    def chunk(self, part: int) -> Tensor:
        """Draw one chunk, the same each time."""
        rows = min(CHUNK, self.count - part * CHUNK)
        source = generator(self.entropy, "items", part)
        return unit(torch.randn((rows, self.width), generator=source))

    def take(self, indices: Tensor) -> Tensor:
        """Draw the chunks that hold some items, and return those."""
        found = torch.empty((len(indices), self.width))
        parts = indices // CHUNK
        for part in torch.unique(parts).tolist():
            here = parts == part
            found[here] = self.chunk(part)[indices[here] - part * CHUNK]
        return found


@dataclass(frozen=True)
class ArrayItems:
    """Rows of an array, already checked; neither copied nor changed.

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
    """Scale rows to length 1, whatever their size and float type, and return float32."""
    if rows.dtype == np.float32:
        near = torch.from_numpy(rows)
        lengths = near.norm(dim=1, keepdim=True)
        if float(lengths.min()) > 1e-12 and float(lengths.max()) < 1e12:
            scaled: Tensor = near / lengths
            return scaled
    wide = rows.astype(np.float64)
    wide /= np.abs(wide).max(axis=1, keepdims=True)  # else squares of 1e-200 vanish
    return unit(torch.from_numpy(wide)).float()


def chunks(items: Items) -> Iterator[tuple[int, Tensor]]:
    """Yield (index of the first item, chunk)."""
    for part in range(chunk_count(items)):
        yield part * CHUNK, items.chunk(part)


def chunk_count(items: Items) -> int:
    """Return how many chunks there are."""
    return -(-items.count // CHUNK)
