"""Settings of a training run, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Selection = Literal["held-out", "as-published", "last"]
USUAL_C = 1.0
"""Inverse strength of a probe's penalty, unless a plan says otherwise."""


@dataclass(frozen=True)
class Recipe:
    """Settings of the fine-tuning of a checkpoint.

    Attributes:
        head: Name and options of the head.
        method: Name and options of the method.
        epochs: Number of passes over the training part.
        rate: Largest learning rate of AdamW.
        head_rate: The same for the head's fresh weights.
        warmup: Share of the steps in which the rate rises from 0; it falls to 0 after.
        weight_decay: Weight decay of matrices; biases and normalisations have none.
        clip: Largest norm of the gradient; 0 does not clip.
        batch: Examples of one optimiser step.
        micro_batch: Maximum number of examples computed at once; None for the whole batch.
        max_length: Maximum number of tokens of a sequence.
        selection: Which epoch is scored: the best on a held-out part of train, the best on the
            scored split itself (as published tables do it), or the last.
        held_out: Share of train that is held out.
        dtype: Floating-point type of forward passes; weights and optimiser stay in float32.
        seed: Seed of the head's weights, the order, dropout and the held-out part.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] = field(default_factory=lambda: {"name": "plain"})
    epochs: int = 3
    rate: float = 3e-5
    head_rate: float = 3e-5
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    batch: int = 32
    micro_batch: int | None = None
    max_length: int = 128
    selection: Selection = "held-out"
    held_out: float = 0.1
    dtype: str = "float32"
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain JSON."""
        return asdict(self)


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Return the share of the largest rate in a step: linear up, then linear down to 0.

    Args:
        step: 0 … steps − 1.
        steps: Number of steps.
        warmup: Share of the steps in which the rate rises.
    """
    rising = round(steps * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    return (steps - step) / max(1, steps - rising)
