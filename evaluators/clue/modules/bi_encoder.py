"""Heads that encode the two texts of a pair apart and look at the cosine of their vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.clue.modules.cut import Cut
from evaluators.clue.modules.pair_losses import (
    cosent,
    cosines_of,
    features,
    linear_cosine,
    squared_cosine,
)
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.modules.cut import Search
    from evaluators.clue.training.model import Batch


class Cosine(nn.Module):
    """cos(u, v) of the first tokens' states, cut by an automatic threshold; no weights of its own.

    Args:
        loss: `cosent`, `linear` or `squared`.
        scale: CoSENT's λ.
        search: How the threshold is found.
    """

    def __init__(self, loss: str, scale: float, search: Search) -> None:
        super().__init__()
        self.kind, self.scale = loss, scale
        self.cut = Cut(search)

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return cosines (n,)."""
        return cosines_of(*vectors(encode, batch))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the loss of the batch."""
        if self.kind == "cosent":
            return cosent(logits, batch["labels"], self.scale)
        return {"linear": linear_cosine, "squared": squared_cosine}[self.kind](
            logits, batch["labels"]
        )

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """There are none.

        Raises:
            MethodError: Always.
        """
        raise MethodError(
            "a cosine is no distribution: take the head sbert or linear, or a method without"
        )

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return 1 where the cosine is above the threshold."""
        return self.cut.decide(logits)

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold."""
        self.cut.calibrate(logits, labels, metric)


class SentenceBert(nn.Module):
    """softmax(W[u; v; |u − v|] + b) in training, the cosine cut by a threshold after it.

    Args:
        hidden: Width d of the states.
        search: How the threshold is found.
    """

    def __init__(self, hidden: int, search: Search) -> None:
        super().__init__()
        self.classes = nn.Linear(3 * hidden, 2)
        self.cut = Cut(search)

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return (n, 3): logits of the classes, and the cosine."""
        first, second = vectors(encode, batch)
        classes = self.classes(features(first, second))
        return torch.cat([classes, cosines_of(first, second)[:, None]], dim=-1)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy."""
        return cross_entropy(logits[:, :-1].float(), batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the classes', (n, 2); what is answered is the cosine's, though."""
        return log_softmax(logits[:, :-1].float(), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return 1 where the cosine is above the threshold."""
        return self.cut.decide(logits[:, -1])

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold."""
        self.cut.calibrate(logits[:, -1], labels, metric)


def vectors(encode: Encode, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return u and v, (n, d): the first tokens' states, cosines of which need float32.

    Raises:
        MethodError: The batch has no second texts.
    """
    if "pair_input_ids" not in batch:
        raise MethodError("the batch has no second texts: this head compares the texts of a pair")
    return encode(batch)[:, 0].float(), encode(batch, "pair_")[:, 0].float()
