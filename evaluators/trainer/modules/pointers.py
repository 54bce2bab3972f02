"""Heads that score every span of a text: GlobalPointer and EfficientGlobalPointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from evaluators.errors import MethodError
from evaluators.trainer.labelled_data import Entity

if TYPE_CHECKING:
    from evaluators.trainer.heads import Encode
    from evaluators.trainer.training.model import Batch


BASE = 10_000.0


def rotate(vectors: Tensor) -> Tensor:
    """Rotate each pair of neighbouring coordinates by an angle that grows with the position.

    Afterwards (R_i q)ᵀ(R_j k) depends on the positions only through j - i. Coordinates 2m and
    2m + 1 of position i turn by i · 10000^(-2m/d).

    Args:
        vectors: (..., L, d), d even; position on the last axis but one.

    Returns:
        Rotated vectors of the same shape.
    """
    length, size = vectors.shape[-2:]
    steps = torch.arange(0, size, 2, device=vectors.device, dtype=torch.float64) / size
    places = torch.arange(length, device=vectors.device, dtype=torch.float64)
    angles = places[:, None] * BASE**-steps
    cosine, sine = angles.cos().to(vectors.dtype), angles.sin().to(vectors.dtype)
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1)
    return turned.flatten(-2)


def span_mask(tokens: Tensor) -> Tensor:
    """Return which (first, last) are possible spans, (n, L, L): in the text, first <= last.

    Args:
        tokens: (n, L), true for tokens of the text.
    """
    square = tokens[:, :, None] & tokens[:, None, :]
    return square.triu()


def span_targets(batch: Batch, types: int) -> Tensor:
    """Return the gold spans of a batch, (n, types, L, L), true where there is an entity.

    Raises:
        MethodError: An entity does not lie within its sequence.
    """
    validate_within(batch)
    n, length = batch["tokens"].shape
    targets = torch.zeros((n, types, length, length), dtype=torch.bool)
    entities = batch["entities"].cpu()
    row, place = (entities[..., 0] >= 0).nonzero(as_tuple=True)
    kind, first, last = entities[row, place].unbind(-1)
    targets[row, kind, first, last] = True
    return targets.to(batch["tokens"].device)


def validate_within(batch: Batch) -> None:
    """Validate that every entity lies in its row's text.

    Raises:
        MethodError: An entity lies outside; the message names it and its example.
    """
    entities, tokens = batch["entities"].cpu(), batch["tokens"].cpu()
    real = entities[..., 0] >= 0
    first, last = entities[..., 1], entities[..., 2]
    length = tokens.shape[1]
    within = (first >= 0) & (first <= last) & (last < length)
    for end in (first, last):
        within &= tokens.gather(1, end.clamp(0, length - 1))
    if bool((real & ~within).any()):
        row, place = (int(index[0]) for index in (real & ~within).nonzero(as_tuple=True))
        kind, start, last_token = entities[row, place].tolist()
        raise MethodError(
            f"example {int(batch['example'][row])}: an entity of type {kind} goes from token"
            f" {start} to {last_token}, beyond the {int(tokens[row].sum())} tokens of its text that"
            " are kept: raise max_length, or leave out entities that were cut off"
        )


def span_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Return the mean multi-label cross-entropy over rows and types.

    log(1 + Σ_{not an entity} e^s) + log(1 + Σ_{an entity} e^{-s}), a row and type, over all
    possible spans. Source: kexue.fm/archives/7359, /8373 (GlobalPointer), /8877.

    Args:
        scores: (n, types, L, L), -inf for impossible spans.
        targets: Same shape as `scores`, true for entities.
    """
    others = scores.masked_fill(targets, -torch.inf).flatten(2)
    targets_only = (-scores).masked_fill(~targets, -torch.inf).flatten(2)
    zero = scores.new_zeros((*scores.shape[:2], 1))
    both = [torch.cat([part, zero], dim=-1).logsumexp(dim=-1) for part in (others, targets_only)]
    return (both[0] + both[1]).mean()


def decode_spans(scores: Tensor, batch: Batch, labels: tuple[str, ...]) -> list[Any]:
    """Return the entities of each row: every possible span with a score above 0.

    Args:
        scores: (n, types, L, L), -inf for impossible spans.
        batch: With `offsets`.
        labels: Names of the types.
    """
    offsets = batch["offsets"].cpu().tolist()
    by_row: list[set[Entity]] = [set() for _ in offsets]
    for row, kind, first, last in (scores > 0).nonzero().cpu().tolist():
        start, end = offsets[row][first][0], offsets[row][last][1]
        by_row[row].add(Entity(labels[kind], start, end))
    return [
        tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type)))
        for entities in by_row
    ]


class SpanHead(nn.Module):
    """Base of the heads that score spans.

    Args:
        labels: Names of the types.
        size: Width d of queries and keys, even.
        rope: Whether queries and keys are rotated by their positions.
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
        """Return scores (n, types, L, L), -inf for impossible spans."""
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
        """Raise: a pointer head has no distribution, each span is judged by itself.

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
        rope: Whether queries and keys are rotated.
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


class EfficientGlobalPointer(SpanHead):
    """s_a(i, j) = (R_i q_i)ᵀ(R_j k_j) / √d + w_aᵀ[q_i; k_i; q_j; k_j]; 2Dd + 4d weights a type.

    q = W_q h and k = W_k h are shared by the types. Source: kexue.fm/archives/8877. bert4keras
    halves the linear term, which its weights make up for.

    Args:
        hidden: Width D of the states.
        labels: Names of the types.
        size: Width d.
        dropout: Rate on the states.
        rope: Whether queries and keys are rotated in the inner product.
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
        # w_a splits into one part for the first token and one for the last.
        begins = both @ self.types.weight[:, : 2 * self.size].T
        ends = both @ self.types.weight[:, 2 * self.size :].T
        return cast(Tensor, spans[:, None] + begins.mT[..., :, None] + ends.mT[..., None, :])
