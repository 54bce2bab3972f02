"""BIO tags, one softmax a token, decoded leniently as `seqeval` reads them by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.clue.examples import Entity
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch


class Tagger(nn.Module):
    """softmax(W dropout(h_t) + b) over O, B-x and I-x of every type x.

    Tag 0 is O, tag 1 + 2x is B-x, tag 2 + 2x is I-x.

    Args:
        hidden: Width of the states.
        dropout: Rate before the last layer.
        labels: Names of the types, by number.
        longest: Learn the longest of entities that overlap, as a token has one tag, rather than
            refuse them.
    """

    def __init__(
        self, hidden: int, dropout: float, labels: tuple[str, ...], *, longest: bool
    ) -> None:
        super().__init__()
        self.labels, self.longest = labels, longest
        self.dropout = nn.Dropout(dropout)
        self.tags = nn.Linear(hidden, 1 + 2 * len(labels))

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return logits (n, L, tags)."""
        return cast(Tensor, self.tags(self.dropout(encode(batch))))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over the tokens of the texts.

        Raises:
            MethodError: Entities overlap.
        """
        kept = batch["tokens"]
        return cross_entropy(logits.float()[kept], self.gold(batch)[kept])

    def gold(self, batch: Batch) -> Tensor:
        """Return the tags to be learned, (n, L).

        Raises:
            MethodError: Entities overlap.
        """
        if not self.longest:
            demand_apart(batch)
        return tags_of(batch)

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return (tokens of the texts, tags)."""
        return log_softmax(logits.float()[batch["tokens"]], dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the entities of each row."""
        return entities_of(logits.argmax(dim=-1), batch, self.labels)


def entities_of(tags: Tensor, batch: Batch, labels: tuple[str, ...]) -> list[Any]:
    """Return the entities that tags (n, L) stand for, one tuple a row."""
    kept = tags.cpu().masked_fill(~batch["tokens"].cpu(), 0).tolist()
    offsets = batch["offsets"].cpu().tolist()
    return [
        tuple(
            sorted(
                {
                    Entity(labels[kind], places[first][0], places[last][1])
                    for kind, first, last in runs(row)
                },
                key=lambda found: (found.start, found.end, found.type),
            )
        )
        for row, places in zip(kept, offsets, strict=True)
    ]


def tags_of(batch: Batch) -> Tensor:
    """Return the gold tags (n, L) of a batch's entities; of overlapping ones the longest."""
    found = batch["entities"].cpu().tolist()
    tags = torch.zeros(batch["input_ids"].shape, dtype=torch.long)
    for row, entities in enumerate(found):
        real = [one for one in entities if one[0] >= 0]
        for kind, first, last in sorted(real, key=lambda one: one[2] - one[1])[::-1]:
            if tags[row, first : last + 1].any():
                continue  # a part of it left over would be read as an entity
            tags[row, first : last + 1] = 2 + 2 * kind
            tags[row, first] = 1 + 2 * kind
    return tags.to(batch["input_ids"].device)


def demand_apart(batch: Batch) -> None:
    """Refuse entities that share a token.

    Raises:
        MethodError: Names the example and the token.
    """
    entities = batch["entities"].cpu()
    n, length = batch["tokens"].shape
    covered = torch.zeros((n, length + 1), dtype=torch.long)
    row, place = (entities[..., 0] >= 0).nonzero(as_tuple=True)
    _, first, last = entities[row, place].unbind(-1)
    one = torch.ones_like(first)
    covered.index_put_((row, first), one, accumulate=True)
    covered.index_put_((row, last + 1), -one, accumulate=True)
    shared = (covered.cumsum(dim=1) > 1).nonzero()
    if len(shared):
        at, token = shared[0].tolist()
        raise MethodError(
            f"example {int(batch['example'][at])}: two entities share token {token}, and a BIO tag"
            " can tell one alone: take the head global-pointer or efficient-global-pointer, or say"
            " `overlaps: longest` with the head, {name: crf, overlaps: longest} for instance"
        )


def runs(tags: list[int]) -> list[tuple[int, int, int]]:
    """Return (type, first, last) of every entity in a row of tags.

    An entity starts at B-x, and at an I-x that does not go on from one of its type.
    """
    found: list[tuple[int, int, int]] = []
    previous = -1
    for place, tag in enumerate(tags):
        kind = -1 if tag == 0 else (tag - 1) // 2
        if kind >= 0:
            if tag % 2 == 0 and kind == previous:
                found[-1] = (kind, found[-1][1], place)
            else:
                found.append((kind, place, place))
        previous = kind
    return found
