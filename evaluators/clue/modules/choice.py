"""A score for each choice from the first token's state; a softmax over the choices of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, nll_loss

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch


class Choice(nn.Module):
    """softmax over choices c of w · dropout(h₀(context, question, c)).

    Args:
        hidden: Width of the states.
        dropout: Rate before the score.
        pooler: Whether h₀ goes through a fresh dense layer with tanh first.
    """

    def __init__(self, hidden: int, dropout: float, *, pooler: bool) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden, hidden) if pooler else None
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(hidden, 1)

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return scores (n, C)."""
        first = encode(batch)[:, :, 0]
        if self.dense is not None:
            first = torch.tanh(self.dense(first))
        return cast(Tensor, self.score(self.dropout(first)).squeeze(-1))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over the choices there are."""
        return nll_loss(self.log_probabilities(logits, batch), batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return (n, C), -inf where a row has fewer choices."""
        return log_softmax(logits.float().masked_fill(~batch["choices"], -torch.inf), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest choice of each row."""
        best = self.log_probabilities(logits, batch).argmax(dim=-1)
        return [int(choice) for choice in best.cpu()]
