"""Dropout and a linear layer over the first token's state (BERT, arXiv 1810.04805, section 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch


class Linear(nn.Module):
    """Classes of a text or of a pair read together: softmax(W dropout(h₀) + b).

    Args:
        hidden: Width of the states.
        classes: How many there are.
        dropout: Rate before the last layer.
        pooler: Whether h₀ goes through a fresh dense layer with tanh first.
    """

    def __init__(self, hidden: int, classes: int, dropout: float, *, pooler: bool) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden, hidden) if pooler else None
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(hidden, classes)

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return logits (n, classes)."""
        first = encode(batch)[:, 0]
        if self.dense is not None:
            first = torch.tanh(self.dense(first))
        return cast(Tensor, self.classes(self.dropout(first)))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy."""
        return cross_entropy(logits.float(), batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return (n, classes)."""
        return log_softmax(logits.float(), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest class of each row."""
        return [int(label) for label in logits.argmax(dim=-1).cpu()]
