"""Entities as points of a square: one score for each type, first and last token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from evaluators.clue.examples import Entity
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.training.model import Batch


def span_mask(tokens: Tensor) -> Tensor:
    """Return which (first, last) can be spans, (n, L, L): both in the text, first <= last.

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
    demand_within(batch)
    n, length = batch["tokens"].shape
    targets = torch.zeros((n, types, length, length), dtype=torch.bool)
    found = batch["entities"].cpu()
    row, place = (found[..., 0] >= 0).nonzero(as_tuple=True)
    kind, first, last = found[row, place].unbind(-1)
    targets[row, kind, first, last] = True
    return targets.to(batch["tokens"].device)


def demand_within(batch: Batch) -> None:
    """Refuse entities that lie not wholly in their row's text.

    Raises:
        MethodError: Names the example and the entity.
    """
    entities, tokens = batch["entities"].cpu(), batch["tokens"].cpu()
    real = entities[..., 0] >= 0
    first, last = entities[..., 1], entities[..., 2]
    length = tokens.shape[1]
    within = (first >= 0) & (first <= last) & (last < length)
    for end in (first, last):
        within &= tokens.gather(1, end.clamp(0, length - 1))
    if bool((real & ~within).any()):
        row, place = (int(each[0]) for each in (real & ~within).nonzero(as_tuple=True))
        kind, start, end_at = entities[row, place].tolist()
        raise MethodError(
            f"example {int(batch['example'][row])}: an entity of type {kind} goes from token"
            f" {start} to {end_at}, beyond the {int(tokens[row].sum())} tokens of its text that are"
            " kept: raise max_length, or leave out entities that were cut off"
        )


def span_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Return the multi-label cross-entropy, its mean over rows and types.

    log(1 + Σ_{not an entity} e^s) + log(1 + Σ_{an entity} e^{-s}), a row and type, over all
    possible spans. Source: kexue.fm/archives/7359, /8373 (GlobalPointer), /8877.

    Args:
        scores: (n, types, L, L), -inf for spans that there cannot be.
        targets: As `scores`, true for entities.
    """
    others = scores.masked_fill(targets, -torch.inf).flatten(2)
    wanted = (-scores).masked_fill(~targets, -torch.inf).flatten(2)
    zero = scores.new_zeros((*scores.shape[:2], 1))
    both = [torch.cat([part, zero], dim=-1).logsumexp(dim=-1) for part in (others, wanted)]
    return (both[0] + both[1]).mean()


def decode_spans(scores: Tensor, batch: Batch, labels: tuple[str, ...]) -> list[Any]:
    """Return the entities of each row: every possible span with a score above 0.

    Args:
        scores: (n, types, L, L), -inf for spans that there cannot be.
        batch: With `offsets`.
        labels: Names of the types.
    """
    offsets = batch["offsets"].cpu().tolist()
    found: list[set[Entity]] = [set() for _ in offsets]
    for row, kind, first, last in (scores > 0).nonzero().cpu().tolist():
        start, end = offsets[row][first][0], offsets[row][last][1]
        found[row].add(Entity(labels[kind], start, end))
    return [tuple(sorted(one, key=lambda e: (e.start, e.end, e.type))) for one in found]
