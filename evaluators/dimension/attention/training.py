"""Training all layers of one length together on the recall task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.attention.model import Heads
from evaluators.dimension.attention.task import Task
from evaluators.errors import ScoreError

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.progress import Progress


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
    import torch

    adam = torch.optim.Adam(layer.parameters, lr=task.rate, betas=(0.9, 0.99))
    drawn, test = ([np.random.default_rng((s, length, part)) for s in seeds] for part in (0, 1))
    fresh = _values(test, task.test_sequences, length, task, sizes, device)
    found = []
    for step in range(task.steps):
        if progress is not None and step % 10 == 0:
            progress(f"recall of {length} keys", step, task.steps)
        for group in adam.param_groups:
            group["lr"] = task.rate * 0.5 * (1 + math.cos(math.pi * step / task.steps))
        values = _values(drawn, task.sequences, length, task, sizes, device)
        logits = layer.answers(values)
        # A sum over models: each gets the gradient of its own mean and nothing of the others.
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
            found.append(_accuracy(layer, fresh).reshape(len(seeds), sizes))
    if progress is not None:
        progress(f"recall of {length} keys", task.steps, task.steps)
    return found[0], found[1]


def _accuracy(layer: Heads, values: Tensor) -> NDArray[np.float64]:
    import torch

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
    """Draw symbols, shape (seeds · sizes, sequences, N); the sizes of a seed share theirs."""
    import torch

    drawn = [random.integers(task.symbols, size=(sequences, length)) for random in randoms]
    return torch.from_numpy(np.stack(drawn)).to(device).repeat_interleave(sizes, dim=0)
