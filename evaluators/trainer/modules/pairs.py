"""Heads for pairs of texts: logits, and the threshold between two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.contrastive.pair_losses import (
    cosent,
    cosines_of,
    features,
    linear_cosine,
    squared_cosine,
)
from evaluators.errors import MethodError
from evaluators.trainer.modules.layers import Linear
from evaluators.trainer.threshold import SEARCHES, Metric

if TYPE_CHECKING:
    from evaluators.trainer.heads import Encode
    from evaluators.trainer.training.model import Batch


if TYPE_CHECKING:
    from typing import Literal

    Search = Literal["exact", "powell"]


class Cut(nn.Module):
    """The automatic threshold (kexue.fm/archives/8860): the best one on the training part.

    Args:
        search: `exact`, or `powell` as published.
    """

    value: Tensor

    def __init__(self, search: Search) -> None:
        super().__init__()
        self.search = search
        self.register_buffer("value", torch.full((), torch.nan, dtype=torch.float64))

    def calibrate(self, scores: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold to the best one on these scores.

        Raises:
            MethodError: There are no scores, or no positive label for F1.
            ScoreError: A score is not finite.
        """
        chosen: Metric = "f1" if "f1" in metric else "accuracy"
        threshold = SEARCHES[self.search](scores.detach().double().cpu(), labels.cpu(), chosen)
        self.value.fill_(threshold.value)

    def decide(self, scores: Tensor) -> list[int]:
        """Return 1 for scores above the threshold, 0 for the others.

        Raises:
            MethodError: The threshold was never set.
        """
        if bool(self.value.isnan()):
            raise MethodError("the threshold was never set: a head is calibrated after an epoch")
        return [int(above) for above in (scores.double() > self.value).cpu()]


def validate_two(labels: tuple[str, ...], head: str) -> None:
    """Validate that a task has two classes, which one threshold can separate.

    Raises:
        MethodError: The number of classes is not two.
    """
    if len(labels) != 2:
        raise MethodError(
            f"head {head} separates two classes by one threshold, got {len(labels)} classes: take"
            " the head linear"
        )


class Interaction(Linear):
    """The linear head, with p(1) − p(0) cut where it was best in training rather than at 0.

    Args:
        hidden: Width of the states.
        dropout: Rate before the last layer.
        search: How the threshold is found.
    """

    def __init__(self, hidden: int, dropout: float, search: Search) -> None:
        super().__init__(hidden, 2, dropout, pooler=False)
        self.cut = Cut(search)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return 1 where p(1) − p(0) is above the threshold."""
        return self.cut.decide(_lead(logits))

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold."""
        self.cut.calibrate(_lead(logits), labels, metric)


def _lead(logits: Tensor) -> Tensor:
    """Return p(1) − p(0), in −1…1."""
    return (logits[:, 1].double() - logits[:, 0].double()).div(2).tanh()


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
        """Raise: a cosine is not a distribution.

        Raises:
            MethodError: Always.
        """
        raise MethodError(
            "a cosine is not a distribution: take the head sbert or linear, or a method that"
            " needs none"
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
        """Return the classes' log probabilities, (n, 2); `decode` uses the cosine instead."""
        return log_softmax(logits[:, :-1].float(), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return 1 where the cosine is above the threshold."""
        return self.cut.decide(logits[:, -1])

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold."""
        self.cut.calibrate(logits[:, -1], labels, metric)


def vectors(encode: Encode, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return u and v, (n, d), the first tokens' states in float32, which cosines need.

    Raises:
        MethodError: The batch has no second texts.
    """
    if "pair_input_ids" not in batch:
        raise MethodError(
            "the batch has no second texts, and this head compares the texts of a pair"
        )
    return encode(batch)[:, 0].float(), encode(batch, "pair_")[:, 0].float()
