"""What a training run does, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Selection = Literal["held-out", "as-published", "last"]
USUAL_C = 1.0
"""Inverse strength of a probe's penalty, unless a plan says otherwise."""


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is fine-tuned.

    Attributes:
        head: Name and options.
        method: Name and options.
        epochs: How often the training part is seen.
        rate: AdamW's largest step.
        head_rate: The same for the head's fresh weights.
        warmup: Share of the steps in which the rate rises from 0; it falls to 0 after.
        weight_decay: Of matrices; biases and normalisations have none.
        clip: Largest norm of the gradient; 0 leaves it.
        batch: Examples an optimiser step.
        micro_batch: Examples computed at once at most; None is all of them.
        max_length: Tokens of a sequence.
        selection: Which epoch is scored: the best on a held-out part of train, the best on the
            scored split itself (as published tables do it), or the last.
        held_out: Share of train that is held out.
        dtype: What forward passes compute in; weights and optimiser stay in float32.
        seed: Of the head's weights, order, dropout and what is held out.
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
        """Return it as plain JSON."""
        return asdict(self)


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Return the share of the largest rate in a step: linear up, then linear down to 0.

    Args:
        step: 0 … steps − 1.
        steps: How many there are.
        warmup: Share of them that rise.
    """
    rising = round(steps * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    return (steps - step) / max(1, steps - rising)
