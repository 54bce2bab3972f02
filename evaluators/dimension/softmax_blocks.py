"""The softmax of exp(n cos) over pairs of random directions, without the N² logits.

One block of logits at a time, in float32, goes into running sums kept relative to the largest logit
so far; those are float64. With x = logit - largest, Z = sum e^x and X = sum x e^x the entropy is
ln Z - X/Z, and since every x <= 0 nothing in X cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evaluators.dimension.checks import at_least

if TYPE_CHECKING:
    from torch import Tensor

_CPU_BLOCK = 1024  # two blocks of float32 stay near the cache: 4 MiB each
_GPU_BLOCK = 16384
_NEVER = -1e9  # a logit without weight; -inf would make 0 * inf of it


class Sums(NamedTuple):
    """What one sample of N vectors and N contexts gave.

    Attributes:
        entropy: Of the softmax over all N² pairs, in nats.
        largest_cosine: Of all N² pairs.
        log_mean: ln of the mean of exp(n cos) over the pairs.
        blocks: How many blocks were taken.
        peak_bytes: Bound on the bytes that tensors held at once.
    """

    entropy: float
    largest_cosine: float
    log_mean: float
    blocks: int
    peak_bytes: int


def peak_bytes(items: int, n: int, block: int) -> int:
    """Return the bound: two sets of directions, one more while it is normalised, two blocks."""
    rows = min(items, block)
    return 4 * (3 * items * n + 2 * rows * rows + 2 * rows * n)


def softmax_sums(
    items: int,
    n: int,
    rng: np.random.Generator,
    *,
    tied: bool = False,
    block: int | None = None,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sums:
    """Draw N vectors and N contexts of n dimensions and sum their softmax.

    Args:
        items: N.
        n: Dimensions; both kinds of vectors have the length √n.
        rng: Draws the directions, on the CPU, so that a device changes only rounding.
        tied: The contexts are the vectors themselves, and no vector is paired with itself.
        block: Rows and columns of a block.
        device: A torch device; None is the CPU.
        progress: Called with blocks done and their total.

    Raises:
        ScoreError: `block` is no whole number of 1 or more.
    """
    import torch

    where = torch.device(device or "cpu")
    size = at_least("block", block or (_GPU_BLOCK if where.type == "cuda" else _CPU_BLOCK), 1)
    size = min(size, items)
    vectors = _directions(items, n, rng).to(where)
    contexts = vectors if tied else _directions(items, n, rng).to(where)
    parts = math.ceil(items / size)
    running = _Running(*torch.empty((2, size * size), device=where).unbind())
    with torch.inference_mode():
        for i in range(parts):
            scaled = vectors[i * size : (i + 1) * size] * n
            for j in range(parts):
                columns = contexts[j * size : (j + 1) * size]
                running.add(scaled, columns, without_diagonal=tied and i == j)
                if progress is not None:
                    progress(i * parts + j + 1, parts * parts)
    pairs = items * (items - 1) if tied else items * items
    return Sums(
        running.entropy,
        running.largest / n,
        running.largest + math.log(running.total) - math.log(pairs),
        parts * parts,
        peak_bytes(items, n, size),
    )


class _Running:
    """Sums over the pairs so far, relative to the largest logit so far."""

    def __init__(self, logits: Tensor, weights: Tensor) -> None:
        self._logits, self._weights = logits, weights
        self.largest = -math.inf
        self.total = 0.0
        self._tilted = 0.0

    @property
    def entropy(self) -> float:
        return math.log(self.total) - self._tilted / self.total

    def add(self, scaled: Tensor, columns: Tensor, *, without_diagonal: bool) -> None:
        """Take in the logits scaled @ columns.T."""
        import torch

        shape = (len(scaled), len(columns))
        logits = self._logits[: shape[0] * shape[1]].view(shape)
        weights = self._weights[: shape[0] * shape[1]].view(shape)
        torch.mm(scaled, columns.T, out=logits)
        if without_diagonal:
            logits.fill_diagonal_(_NEVER)
        self._raise(float(logits.max()))
        torch.exp(logits.sub_(self.largest), out=weights)
        # Rows in float32, their sums in float64: as fast as float32 and 1e-6 exact.
        self.total += float(weights.sum(dim=1).sum(dtype=torch.float64))
        self._tilted += float(weights.mul_(logits).sum(dim=1).sum(dtype=torch.float64))

    def _raise(self, largest: float) -> None:
        if largest <= self.largest:
            return
        if self.total:
            fall = self.largest - largest
            factor = math.exp(fall)
            self._tilted = factor * (self._tilted + fall * self.total)
            self.total *= factor
        self.largest = largest


def _directions(items: int, n: int, rng: np.random.Generator) -> Tensor:
    import torch

    rows = torch.from_numpy(rng.standard_normal((items, n), dtype=np.float32))
    return rows.div_(torch.linalg.vector_norm(rows, dim=1, keepdim=True))
