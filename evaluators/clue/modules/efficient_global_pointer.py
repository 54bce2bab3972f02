"""Efficient GlobalPointer: where entities are is told once for all types, which type by a line."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from evaluators.clue.modules.global_pointer import SpanHead
from evaluators.clue.modules.rotary import rotate


class EfficientGlobalPointer(SpanHead):
    """s_a(i, j) = (R_i q_i)ᵀ(R_j k_j) / √d + w_aᵀ[q_i; k_i; q_j; k_j]; 2Dd + 4d weights a type.

    q = W_q h and k = W_k h are shared by the types. Source: kexue.fm/archives/8877. bert4keras
    halves the linear term, which its weights make up for.

    Args:
        hidden: Width D of the states.
        labels: Names of the types.
        size: Width d.
        dropout: Rate on the states.
        rope: Whether queries and keys are turned in the inner product.
    """

    def __init__(
        self, hidden: int, labels: tuple[str, ...], size: int, dropout: float, *, rope: bool
    ) -> None:
        super().__init__(labels, size, dropout, rope=rope)
        self.pair = nn.Linear(hidden, 2 * size, bias=False)
        self.types = nn.Linear(4 * size, len(labels), bias=False)
        nn.init.normal_(self.pair.weight, std=hidden**-0.5)
        nn.init.normal_(self.types.weight, std=(4 * size) ** -0.5)

    def scores(self, states: Tensor) -> Tensor:
        """Return s(type, i, j)."""
        both = self.pair(states)
        query, key = both[..., : self.size], both[..., self.size :]
        if self.rope:
            query, key = rotate(query), rotate(key)
        spans = query @ key.transpose(-1, -2) / self.size**0.5
        # w_a splits into what a first token adds and what a last one does.
        begins = both @ self.types.weight[:, : 2 * self.size].T
        ends = both @ self.types.weight[:, 2 * self.size :].T
        return cast(Tensor, spans[:, None] + begins.mT[..., :, None] + ends.mT[..., None, :])
