"""The objective of SimCSE and of a linear layer trained with its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from evaluators.contrastive.logits import Logits, one_way_logits, two_view_logits
from evaluators.contrastive.losses import infonce
from evaluators.errors import MethodError
from evaluators.sts_training.objective import Batch, Objective, halves

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Setup
    from evaluators.sts_training.methods.simcse import Options


def validate_dropout(method: str, setup: Setup) -> None:
    """Validate that an encoder has dropout, which makes the two views.

    Raises:
        MethodError: It has none.
    """
    if not setup.dropout:
        raise MethodError(
            f"method {method} needs an encoder with dropout, and this one has none: both views of"
            " a sentence would be the same vector. Set dropout above 0 where the encoder has"
            " dropout layers, or take another checkpoint"
        )


class Contrastive(Objective):
    """InfoNCE of a batch's sentences, each with itself under another dropout mask.

    Args:
        options: Scale, sides and duplicates.
        width: Width of the vectors.
        head: Whether a dense layer and tanh follow in training alone.
        linear: Whether a linear layer, the identity at first, is part of the scored vectors.
    """

    twins = True

    def __init__(
        self, options: Options, width: int, *, head: bool = False, linear: bool = False
    ) -> None:
        super().__init__()
        self._temperature = 1 / options.scale
        self._two_way, self._mask = options.two_way, options.duplicates == "masked"
        self.head = nn.Sequential(nn.Linear(width, width), nn.Tanh()) if head else nn.Identity()
        if linear:
            self.projection = nn.Linear(width, width, bias=False)
            nn.init.eye_(self.projection.weight)

    def loss(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Return the mean InfoNCE over the batch's rows."""
        first, second = halves(self.head(self.scored(vectors)))
        make = two_view_logits if self._two_way else one_way_logits
        logits = make(first, second, self._temperature)
        if self._mask:
            logits = self._without_duplicates(logits, batch)
        return infonce(logits).mean()

    def _without_duplicates(self, logits: Logits, batch: Batch) -> Logits:
        """Return logits in which another copy of a row's sentence is no negative."""
        numbers = torch.chunk(batch.rows.to(logits.negative.device), 2)[0]
        same = numbers[:, None] == numbers[None, :]
        count, own = len(numbers), torch.eye(len(numbers), dtype=torch.bool, device=same.device)
        # Negatives stand in the order of the candidates, without the positive and the row itself.
        others = same[~own].view(count, count - 1)
        if self._two_way:
            others = torch.cat([others, others], dim=1).repeat(2, 1)
        return Logits(logits.positive, logits.negative.masked_fill(others, -torch.inf))
