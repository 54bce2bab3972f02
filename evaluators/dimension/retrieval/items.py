"""The items that are searched, a chunk at a time: drawn anew each time, or rows of an array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
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


@dataclass(frozen=True)
class ArrayItems:
    """Rows of an array, already checked.

    Attributes:
        rows: Shape (N, d), float32, no row zero; scaled to length 1 a chunk at a time.
    """

    rows: Tensor

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
        return unit(self.rows[part * CHUNK : (part + 1) * CHUNK])


def unit(rows: Tensor) -> Tensor:
    """Scale rows to length 1."""
    scaled: Tensor = rows / rows.norm(dim=1, keepdim=True)
    return scaled


def chunks(items: Items) -> Iterator[tuple[int, Tensor]]:
    """Yield (index of the first item, chunk)."""
    for part in range(chunk_count(items)):
        yield part * CHUNK, items.chunk(part)


def chunk_count(items: Items) -> int:
    """Return how many chunks there are."""
    return -(-items.count // CHUNK)


def pick(items: Items, indices: Tensor) -> Tensor:
    """Return the items at `indices`, shape (q, d), reading only the chunks that hold them."""
    found = torch.empty((len(indices), items.width))
    parts = indices // CHUNK
    for part in torch.unique(parts).tolist():
        here = parts == part
        found[here] = items.chunk(part)[indices[here] - part * CHUNK]
    return found
