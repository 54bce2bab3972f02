"""Dropout of gradients: Child-Tuning without a task (arXiv 2109.05687, Child-Tuning-F).

At each step g ← g ∘ M / p with M ~ Bernoulli(p), drawn anew, for every parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.trainer.methods._masking import drop, validate_share
from evaluators.trainer.methods.plain import Plain

if TYPE_CHECKING:
    import torch

    from evaluators.trainer.training.model import TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method child-tuning-f.

    Attributes:
        p: Share of the gradients that is kept at each step.
    """

    p: float = 0.3

    def __post_init__(self) -> None:
        validate_share("child-tuning-f", self.p)


class ChildTuningF(Plain):
    """Drop a random share of the gradients at every step."""

    def __init__(self, p: float) -> None:
        self.p = p

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Drop a random share of the gradients, in place."""
        for _, parameter in model.named_parameters():
            if parameter.grad is not None:
                drop(parameter.grad, self.p, generator)


def make(options: Options) -> ChildTuningF:
    """Return the method."""
    return ChildTuningF(options.p)
