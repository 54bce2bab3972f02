"""Train attention layers of many head sizes and seeds at once on a recall task.

Every model has its own parameters along a leading axis. Queries and keys are as wide as the
largest head; the dimensions a smaller head lacks start at zero and get no gradient, so that
its scores are exactly those of a matrix of its own size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension.numeric_checks import at_least
from evaluators.errors import DimensionError, ScoreError
from evaluators.progress import Progress


@dataclass(frozen=True)
class Task:
    """Settings of the task, the layer and its training, except N and the head size.

    Attributes:
        heads: Number of attention heads.
        width: Dimensions of the embedding of a key.
        symbols: Number of different values; chance is 1 / symbols.
        value_size: Dimensions of a head's values.
        sequences: Sequences per step; each asks for all its keys.
        steps: Steps of Adam; the learning rate falls to 0 along a cosine.
        rate: First learning rate.
        test_sequences: Number of new sequences for the accuracy.
    """

    heads: int = 2
    width: int = 64
    symbols: int = 16
    value_size: int = 16
    sequences: int = 4
    steps: int = 300
    rate: float = 0.005
    test_sequences: int = 32

    def __post_init__(self) -> None:
        for name in ("heads", "width", "value_size", "sequences", "test_sequences"):
            at_least(name, getattr(self, name), 1)
        at_least("symbols", self.symbols, 2)
        at_least("steps", self.steps, 2)
        if not 0 < self.rate < math.inf:
            raise DimensionError(f"rate must be above 0, got {self.rate}")


class Heads:
    """Attention layers of several models, each of one head size and seed.

    Args:
        task: Their shared settings, of which the training is not used.
        length: N, the number of keys, each of which a sequence holds once.
        models: (head size, seed) of each, shape (M, 2).
        device: Torch device.
    """

    def __init__(
        self,
        task: Task,
        length: int,
        models: Sequence[tuple[int, int]],
        device: str | None = None,
    ) -> None:
        largest = max(size for size, _ in models)
        tables = zip(
            *(_first(task, length, size, seed, largest) for size, seed in models), strict=True
        )
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
        query = embedded @ (queries * self._mask)
        key = embedded @ (keys * self._mask)
        return ((query * self._scale) @ key.transpose(-1, -2)).softmax(dim=-1)

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
        values_of_keys = read.gather(2, flat).reshape(models, heads, sequences, length, size)
        values_of_keys = values_of_keys.transpose(2, 3).reshape(
            models, heads, length, sequences * size
        )
        mixed = (self.attention() @ values_of_keys).reshape(models, heads, length * sequences, size)
        logits = (mixed @ write).sum(dim=1).reshape(models, length, sequences, symbols)
        return logits.transpose(1, 2)


def _first(
    task: Task, length: int, size: int, seed: int, largest: int
) -> list[NDArray[np.float32]]:
    """Draw the parameters of one model, which do not depend on the largest size."""
    random = np.random.default_rng((seed, size, length))

    def drawn(*dims: int, fan_in: int) -> NDArray[np.float32]:
        return np.asarray(random.standard_normal(dims) * fan_in**-0.5, dtype=np.float32)

    heads, width = task.heads, task.width
    embedded = drawn(length, width, fan_in=1)
    queries, keys = (drawn(heads, width, size, fan_in=width) for _ in range(2))
    wide = [(0, 0), (0, 0), (0, largest - size)]
    read = drawn(heads, task.symbols, task.value_size, fan_in=1)
    write = drawn(heads, task.value_size, task.symbols, fan_in=task.value_size * heads)
    return [embedded, np.pad(queries, wide), np.pad(keys, wide), read, write]


def train(
    layer: Heads,
    length: int,
    sizes: int,
    seeds: Sequence[int],
    task: Task,
    device: str | None,
    progress: Progress | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Train layers of all sizes of each seed, seed by seed.

    Returns:
        The accuracies on fresh sequences after half and after all steps, shape (seeds, sizes).

    Raises:
        ScoreError: The loss is NaN or infinite.
    """
    adam = torch.optim.Adam(layer.parameters, lr=task.rate, betas=(0.9, 0.99))
    drawn, test = ([np.random.default_rng((s, length, part)) for s in seeds] for part in (0, 1))
    fresh = _values(test, task.test_sequences, length, task, sizes, device)
    accuracies = []
    for step in range(task.steps):
        if progress is not None and step % 10 == 0:
            progress(f"recall of {length} keys", step, task.steps)
        for group in adam.param_groups:
            group["lr"] = task.rate * 0.5 * (1 + math.cos(math.pi * step / task.steps))
        values = _values(drawn, task.sequences, length, task, sizes, device)
        logits = layer.answers(values)
        # A sum over models, so that each gets only the gradient of its own mean.
        loss = (
            torch.nn.functional.cross_entropy(
                logits.flatten(0, 2), values.flatten(), reduction="sum"
            )
            / values[0].numel()
        )
        if not math.isfinite(loss.item()):
            raise ScoreError("the loss became NaN or infinite: train with a smaller rate")
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if step + 1 in (task.steps // 2, task.steps):
            accuracies.append(_accuracy(layer, fresh).reshape(len(seeds), sizes))
    if progress is not None:
        progress(f"recall of {length} keys", task.steps, task.steps)
    return accuracies[0], accuracies[1]


def _accuracy(layer: Heads, values: Tensor) -> NDArray[np.float64]:
    with torch.no_grad():
        right = layer.answers(values).argmax(dim=-1) == values
        return np.asarray(right.double().mean(dim=(1, 2)).cpu().numpy())


def _values(
    randoms: Sequence[np.random.Generator],
    sequences: int,
    length: int,
    task: Task,
    sizes: int,
    device: str | None,
) -> Tensor:
    """Draw symbols, (seeds · sizes, sequences, N), the same for all sizes of a seed."""
    drawn = [random.integers(task.symbols, size=(sequences, length)) for random in randoms]
    return torch.from_numpy(np.stack(drawn)).to(device).repeat_interleave(sizes, dim=0)
