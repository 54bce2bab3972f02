"""One attention layer for many head sizes and seeds at once, smaller heads masked.

Every model has its own parameters along a leading axis. Queries and keys are as wide as the
largest head; the dimensions a smaller head lacks start at zero and get no gradient, so that
its scores are exactly those of a matrix of its own size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Shape:
    """What all models share.

    Attributes:
        length: N, the number of keys, each of which a sequence holds once.
        heads: Attention heads.
        width: Dimensions of the embedding of a key, from which queries and keys are made.
        symbols: Different values a key may have.
        value_size: Dimensions of a head's values; fixed, so that the size of queries and keys
            is all that varies.
    """

    length: int
    heads: int
    width: int
    symbols: int
    value_size: int


class Heads:
    """Attention layers of several (size, seed).

    Args:
        shape: What they share.
        models: (head size, seed) of each, shape (M, 2).
        device: Torch device.
    """

    def __init__(
        self, shape: Shape, models: Sequence[tuple[int, int]], device: str | None = None
    ) -> None:
        import torch

        largest = max(size for size, _ in models)
        tables = zip(*(_first(shape, size, seed, largest) for size, seed in models), strict=True)
        self.parameters = [
            torch.from_numpy(np.stack(table)).to(device).requires_grad_() for table in tables
        ]
        sizes = torch.tensor([size for size, _ in models], dtype=torch.float32, device=device)
        self._scale = sizes.rsqrt()[:, None, None, None]
        inside = torch.arange(largest, device=device) < sizes[:, None]
        self._mask = inside[:, None, None, :].float()

    def attention(self) -> Tensor:
        """Return the attention of every key's query over the keys, shape (M, heads, N, N)."""
        embedded, queries, keys, _, _ = self.parameters
        embedded = embedded.unsqueeze(1)
        asked = embedded @ (queries * self._mask)
        held = embedded @ (keys * self._mask)
        return ((asked * self._scale) @ held.transpose(-1, -2)).softmax(dim=-1)

    def answers(self, values: Tensor) -> Tensor:
        """Return the logits of the value of every key.

        Args:
            values: Symbols the keys have, shape (M, sequences, N).

        Returns:
            Logits, shape (M, sequences, N, symbols).
        """
        _, _, _, read, write = self.parameters
        models, sequences, length = values.shape
        heads, symbols, size = read.shape[1:]
        flat = values.reshape(models, 1, -1, 1).expand(-1, heads, -1, size)
        held = read.gather(2, flat).reshape(models, heads, sequences, length, size)
        held = held.transpose(2, 3).reshape(models, heads, length, sequences * size)
        mixed = (self.attention() @ held).reshape(models, heads, length * sequences, size)
        logits = (mixed @ write).sum(dim=1).reshape(models, length, sequences, symbols)
        return logits.transpose(1, 2)


def _first(shape: Shape, size: int, seed: int, largest: int) -> list[NDArray[np.float32]]:
    """Draw the parameters of one model; they depend on its own size, not on the largest."""
    random = np.random.default_rng((seed, size, shape.length))

    def drawn(*dims: int, fan_in: int) -> NDArray[np.float32]:
        return np.asarray(random.standard_normal(dims) * fan_in**-0.5, dtype=np.float32)

    heads, width = shape.heads, shape.width
    embedded = drawn(shape.length, width, fan_in=1)
    queries, keys = (drawn(heads, width, size, fan_in=width) for _ in range(2))
    wide = [(0, 0), (0, 0), (0, largest - size)]
    read = drawn(heads, shape.symbols, shape.value_size, fan_in=1)
    write = drawn(heads, shape.value_size, shape.symbols, fan_in=shape.value_size * heads)
    return [embedded, np.pad(queries, wide), np.pad(keys, wide), read, write]
