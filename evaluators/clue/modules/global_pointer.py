"""GlobalPointer: every span of every type is scored by itself, nested ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from evaluators.clue.modules.rotary import rotate
from evaluators.clue.modules.spans import decode_spans, span_loss, span_mask, span_targets
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch


class SpanHead(nn.Module):
    """What heads that score spans have in common.

    Args:
        labels: Names of the types.
        size: Width d of queries and keys, even.
        rope: Whether they are turned by their positions.
        dropout: Rate on the states.
    """

    def __init__(self, labels: tuple[str, ...], size: int, dropout: float, *, rope: bool) -> None:
        super().__init__()
        self.labels, self.size, self.rope = labels, size, rope
        self.dropout = nn.Dropout(dropout)

    def scores(self, states: Tensor) -> Tensor:
        """Return s(type, i, j), (n, types, L, L), from states (n, L, hidden)."""
        raise NotImplementedError

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return scores (n, types, L, L), -inf for spans that there cannot be."""
        scores = self.scores(self.dropout(encode(batch))).float()
        return scores.masked_fill(~span_mask(batch["tokens"])[:, None], -torch.inf)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the multi-label cross-entropy.

        Raises:
            MethodError: An entity does not lie within its sequence.
        """
        targets = span_targets(batch, len(self.labels))
        return span_loss(logits, targets)

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """There are none: a span is an entity where its score is above 0.

        Raises:
            MethodError: Always.
        """
        raise MethodError(
            "a pointer head has no distribution over answers, each span stands alone: take the"
            " head tagger or crf, or a method that needs none"
        )

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the entities of each row: spans with a score above 0."""
        return decode_spans(logits, batch, self.labels)


class GlobalPointer(SpanHead):
    """s_a(i, j) = (R_i W_{q,a} h_i)ᵀ (R_j W_{k,a} h_j) / √d for each type a; 2Dd weights a type.

    R is the rotation of RoPE. Source: kexue.fm/archives/8373.

    Args:
        hidden: Width D of the states.
        labels: Names of the types.
        size: Width d.
        dropout: Rate on the states.
        rope: Whether queries and keys are turned.
    """

    def __init__(
        self, hidden: int, labels: tuple[str, ...], size: int, dropout: float, *, rope: bool
    ) -> None:
        super().__init__(labels, size, dropout, rope=rope)
        self.pairs = nn.Linear(hidden, len(labels) * 2 * size, bias=False)
        nn.init.normal_(self.pairs.weight, std=hidden**-0.5)

    def scores(self, states: Tensor) -> Tensor:
        """Return s(type, i, j)."""
        shape = (*states.shape[:2], len(self.labels), 2, self.size)
        query, key = self.pairs(states).view(shape).permute(3, 0, 2, 1, 4).unbind(0)
        if self.rope:
            query, key = rotate(query), rotate(key)
        return cast(Tensor, query @ key.transpose(-1, -2) / self.size**0.5)
