"""Dropout of the optimiser's update: Δθ ← Δθ ∘ M / p with M ~ Bernoulli(p), drawn at each step.

Su proposes it as what the story of Child-Tuning would need, since Adam rescales what dropout does
to gradients (https://kexue.fm/archives/8764, there "incre-drop").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.trainer.methods._masking import Updates, drop, validate_share
from evaluators.trainer.methods.plain import Plain

if TYPE_CHECKING:
    import torch

    from evaluators.trainer.training.model import TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method update-dropout.

    Attributes:
        p: Share of the update that is kept at each step.
    """

    p: float = 0.3

    def __post_init__(self) -> None:
        validate_share("update-dropout", self.p)


class UpdateDropout(Plain):
    """Drop a random share of the optimiser's update at every step."""

    def __init__(self, p: float) -> None:
        self.p = p
        self._updates = Updates()

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Copy the parameters before the optimiser's step."""
        self._updates.remember(model)

    def edit_update(self, model: TaskModel, generator: torch.Generator) -> None:
        """Drop a random share of the update, which includes weight decay, in place."""
        for after, before in self._updates.each(model):
            update = after - before
            drop(update, self.p, generator)
            after.copy_(before + update)


def make(options: Options) -> UpdateDropout:
    """Return the method."""
    return UpdateDropout(options.p)
