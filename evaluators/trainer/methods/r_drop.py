"""Every batch twice, and a penalty where the two dropouts disagree (R-Drop, arXiv 2106.14448).

loss = CE(p₁) + CE(p₂) + α · ½ [KL(p₁‖p₂) + KL(p₂‖p₁)], the divergence a mean over rows. Su's code
(https://github.com/bojone/r-drop) halves all of it, which Adam does not notice. Without dropout
the two agree and it is the plain loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.errors import MethodError
from evaluators.trainer.methods.plain import Plain

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.trainer.training.model import Batch, TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method r-drop.

    Attributes:
        alpha: Weight of the divergence; 0 is the plain loss of two passes.
    """

    alpha: float = 4.0

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < float("inf"):
            raise MethodError(
                "r-drop: alpha, the weight of the divergence, must be finite and at least 0, got"
                f" {self.alpha} (published: 4)"
            )


class RDrop(Plain):
    """Add the divergence of two forward passes to the loss."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def loss(self, model: TaskModel, batch: Batch) -> Tensor:
        """Return the loss of two passes with different dropout masks, and their divergence."""
        first, second = model(batch), model(batch)
        loss = model.loss(first, batch) + model.loss(second, batch)
        if self.alpha == 0:
            return loss
        penalty = divergence(
            model.log_probabilities(first, batch), model.log_probabilities(second, batch)
        )
        return loss + self.alpha * penalty


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """Return ½ [KL(p‖q) + KL(q‖p)] = ½ Σ (p − q)(log p − log q), the mean over rows.

    Args:
        first: log p, shape (rows, classes); -inf where nothing can be chosen.
        second: log q, of the same shape, -inf in the same places.
    """
    impossible = (first == -float("inf")) | (second == -float("inf"))
    p, q = first.exp(), second.exp()
    logs = first.masked_fill(impossible, 0) - second.masked_fill(impossible, 0)
    return 0.5 * ((p - q) * logs).sum(dim=-1).mean()


def make(options: Options) -> RDrop:
    """Return the method."""
    return RDrop(options.alpha)
