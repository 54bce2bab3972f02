"""Heads that tag tokens: BIO tags with a softmax, or under a conditional random field.

Likelihood, marginals and best path of a linear-chain conditional random field (Lafferty et al.
2001); forward-backward and Viterbi as in Sutton and McCallum, arXiv 1011.4088, section 4.1.
A sequence goes from the first true position of `mask` to the last; scores of a
path y are start(y_1) + Σ emission(t, y_t) + Σ transition(y_t, y_{t+1}) + end(y_T).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.errors import MethodError
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.modules.pointers import validate_within

if TYPE_CHECKING:
    from evaluators.trainer.heads import Encode
    from evaluators.trainer.training.model import Batch


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
        inside = batch["tokens"]
        return cross_entropy(logits.float()[inside], self.gold(batch)[inside])

    def gold(self, batch: Batch) -> Tensor:
        """Return the gold tags, (n, L).

        Raises:
            MethodError: Entities overlap.
        """
        if not self.longest:
            validate_apart(batch)
        return tags_of(batch)

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log probabilities, (tokens of the texts, tags)."""
        return log_softmax(logits.float()[batch["tokens"]], dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the entities of each row."""
        return entities_of(logits.argmax(dim=-1), batch, self.labels)


def entities_of(tags: Tensor, batch: Batch, labels: tuple[str, ...]) -> list[Any]:
    """Return the entities of tags (n, L), one tuple for each row."""
    cleaned = tags.cpu().masked_fill(~batch["tokens"].cpu(), 0).tolist()
    offsets = batch["offsets"].cpu().tolist()
    return [
        tuple(
            sorted(
                {
                    Entity(labels[kind], places[first][0], places[last][1])
                    for kind, first, last in runs(row)
                },
                key=lambda entity: (entity.start, entity.end, entity.type),
            )
        )
        for row, places in zip(cleaned, offsets, strict=True)
    ]


def tags_of(batch: Batch) -> Tensor:
    """Return the gold tags (n, L) of a batch's entities; of overlapping ones the longest."""
    by_row = batch["entities"].cpu().tolist()
    tags = torch.zeros(batch["input_ids"].shape, dtype=torch.long)
    for row, entities in enumerate(by_row):
        real = [span for span in entities if span[0] >= 0]
        for kind, first, last in sorted(real, key=lambda span: span[2] - span[1])[::-1]:
            if tags[row, first : last + 1].any():
                continue  # a part of it left over would be read as an entity
            tags[row, first : last + 1] = 2 + 2 * kind
            tags[row, first] = 1 + 2 * kind
    return tags.to(batch["input_ids"].device)


def validate_apart(batch: Batch) -> None:
    """Validate that no two entities share a token.

    Raises:
        MethodError: Two do; the message names the example and the token.
    """
    entities = batch["entities"].cpu()
    n, length = batch["tokens"].shape
    covered = torch.zeros((n, length + 1), dtype=torch.long)
    row, place = (entities[..., 0] >= 0).nonzero(as_tuple=True)
    _, first, last = entities[row, place].unbind(-1)
    ones = torch.ones_like(first)
    covered.index_put_((row, first), ones, accumulate=True)
    covered.index_put_((row, last + 1), -ones, accumulate=True)
    shared = (covered.cumsum(dim=1) > 1).nonzero()
    if len(shared):
        at, token = shared[0].tolist()
        raise MethodError(
            f"example {int(batch['example'][at])}: two entities share token {token}, and a BIO tag"
            " can name only one: take the head global-pointer or efficient-global-pointer, or set"
            f" `overlaps: longest` with the head, for instance {{name: crf, overlaps: longest}}"
        )


def runs(tags: list[int]) -> list[tuple[int, int, int]]:
    """Return (type, first, last) of every entity in a row of tags.

    An entity starts at B-x, and at an I-x that does not continue an entity of its type.
    """
    entities: list[tuple[int, int, int]] = []
    previous = -1
    for place, tag in enumerate(tags):
        kind = -1 if tag == 0 else (tag - 1) // 2
        if kind >= 0:
            if tag % 2 == 0 and kind == previous:
                entities[-1] = (kind, entities[-1][1], place)
            else:
                entities.append((kind, place, place))
        previous = kind
    return entities


class Chain(nn.Module):
    """Scores of a chain over K tags: of its first tag, of its last, and of each transition.

    Args:
        tags: Number of tags, K.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.step = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))

    def log_likelihood(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Return log p(tags | emissions) of each row, (n,); 0 for an empty row.

        Args:
            emissions: (n, L, K).
            tags: (n, L).
            mask: (n, L), true on one contiguous run of positions in each row.
        """
        return self._path(emissions, tags, mask) - self._partition(emissions, mask)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(y_t | emissions), (positions of the mask, K), by forward and backward."""
        forward = torch.stack(self._forward(emissions, mask), dim=1)
        length = emissions.shape[1]
        after = mask.roll(-1, dims=1)
        after[:, -1] = False
        betas = [self.end.expand_as(emissions[:, 0])]
        for t in range(length - 2, -1, -1):
            following = betas[-1] + emissions[:, t + 1]
            stepped = (self.step + following[:, None]).logsumexp(dim=-1)
            betas.append(torch.where(after[:, t, None], stepped, self.end))
        both = forward + torch.stack(betas[::-1], dim=1)
        return both[mask].log_softmax(dim=-1)

    def best_path(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return the likeliest tags (n, L); 0 outside the mask."""
        score = self.start + emissions[:, 0]
        pointers = []
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        for t in range(1, emissions.shape[1]):
            best, origin = (score[:, :, None] + self.step).max(dim=1)
            going, begun = (before[:, t] & mask[:, t])[:, None], mask[:, t, None]
            fresh = torch.where(begun, self.start + emissions[:, t], score)
            score = torch.where(going, best + emissions[:, t], fresh)
            pointers.append(origin)
        tag = (score + self.end).argmax(dim=1)
        path = [tag]
        after = mask.roll(-1, dims=1)
        for t in range(emissions.shape[1] - 2, -1, -1):
            going = mask[:, t] & after[:, t]
            tag = torch.where(going, pointers[t].gather(1, tag[:, None])[:, 0], tag)
            path.append(tag)
        return torch.stack(path[::-1], dim=1).masked_fill(~mask, 0)

    def _forward(self, emissions: Tensor, mask: Tensor) -> list[Tensor]:
        """Return log sums over all prefixes that end in each tag: one (n, K) per position."""
        alphas = [self.start + emissions[:, 0]]
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        for t in range(1, emissions.shape[1]):
            last = alphas[-1]
            stepped = (last[:, :, None] + self.step).logsumexp(dim=1) + emissions[:, t]
            fresh = torch.where(mask[:, t, None], self.start + emissions[:, t], last)
            alphas.append(torch.where((before[:, t] & mask[:, t])[:, None], stepped, fresh))
        return alphas

    def _partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        total = (self._forward(emissions, mask)[-1] + self.end).logsumexp(dim=-1)
        return torch.where(mask.any(dim=1), total, 0.0)

    def _path(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        after = mask.roll(-1, dims=1)
        after[:, -1] = False
        scores = emissions.gather(-1, tags[..., None])[..., 0]
        scores = scores + torch.where(mask & ~before, self.start[tags], 0.0)
        scores = scores + torch.where(mask & ~after, self.end[tags], 0.0)
        steps = self.step[tags[:, :-1], tags[:, 1:]]
        within = torch.where(mask[:, 1:] & mask[:, :-1], steps, 0.0)
        return scores.masked_fill(~mask, 0.0).sum(dim=1) + within.sum(dim=1)


class Crf(Tagger):
    """The tagger with scores of transitions between tags (kexue.fm/archives/8373, "CRF").

    Args:
        hidden: Width of the states.
        dropout: Rate before the last layer.
        labels: Names of the types, by number.
        longest: Learn the longest of entities that overlap rather than refuse them.
    """

    def __init__(
        self, hidden: int, dropout: float, labels: tuple[str, ...], *, longest: bool
    ) -> None:
        super().__init__(hidden, dropout, labels, longest=longest)
        self.chain = Chain(1 + 2 * len(labels))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean negative log-likelihood of the gold tags.

        Raises:
            MethodError: Entities overlap, or do not lie within their sequence.
        """
        validate_within(batch)
        log_likelihoods = self.chain.log_likelihood(
            logits.float(), self.gold(batch), batch["tokens"]
        )
        return -log_likelihoods.mean()

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the log marginals, (tokens of the texts, tags)."""
        return self.chain.log_marginals(logits.float(), batch["tokens"])

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the entities of the likeliest path of each row."""
        with torch.no_grad():
            best = self.chain.best_path(logits.float(), batch["tokens"])
        tags = nn.functional.one_hot(best, self.chain.start.numel())
        return super().decode(tags, batch)
