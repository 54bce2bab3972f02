"""Heads of one linear layer: classes, choices, and the ends of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, nll_loss

if TYPE_CHECKING:
    from evaluators.trainer.heads import Encode
    from evaluators.trainer.training.model import Batch


class Linear(nn.Module):
    """Classes of a text or of a pair read together: softmax(W dropout(h₀) + b).

    Args:
        hidden: Width of the states.
        classes: Number of classes.
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
        """Return log probabilities, (n, classes)."""
        return log_softmax(logits.float(), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest class of each row."""
        return [int(label) for label in logits.argmax(dim=-1).cpu()]


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
        """Return the mean cross-entropy over the real choices."""
        return nll_loss(self.log_probabilities(logits, batch), batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log probabilities, (n, C), -inf where a row has fewer choices."""
        return log_softmax(logits.float().masked_fill(~batch["choices"], -torch.inf), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest choice of each row."""
        best = self.log_probabilities(logits, batch).argmax(dim=-1)
        return [int(choice) for choice in best.cpu()]


class SpanGuess(NamedTuple):
    """The best span of one window.

    Attributes:
        score: log P(start) + log P(end) − 2 log P(no answer here): comparable between windows.
        start: Offset of its first character in the context.
        end: Offset after its last character.
    """

    score: float
    start: int
    end: int


class Span(nn.Module):
    """softmax over tokens t of w_s · h_t for the start, of w_e · h_t for the end.

    A window without the answer is taught to point at its first token, as for SQuAD 2.

    Args:
        hidden: Width of the states.
        longest: Maximum number of tokens of an answer.
    """

    def __init__(self, hidden: int, *, longest: int) -> None:
        super().__init__()
        self.longest = longest
        self.ends = nn.Linear(hidden, 2)

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return logits (n, L, 2)."""
        return cast(Tensor, self.ends(encode(batch)))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean of the cross-entropies of starts and ends."""
        gold = torch.cat([batch["starts"], batch["ends"]])
        return nll_loss(self.log_probabilities(logits, batch), gold)

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log probabilities of starts, then of ends: (2 n, L), -inf outside the context."""
        allowed = batch["context"].clone()
        allowed[:, 0] = True
        scores = logits.float().permute(2, 0, 1).masked_fill(~allowed, -torch.inf)
        return log_softmax(scores, dim=-1).flatten(0, 1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the best `SpanGuess` of each window."""
        starts, ends = self.log_probabilities(logits, batch).chunk(2)
        inside = batch["context"]
        length = inside.shape[1]
        none = starts[:, 0] + ends[:, 0]
        scores = starts[:, :, None] + ends[:, None, :] - none[:, None, None]
        band = torch.ones(length, length, dtype=torch.bool, device=scores.device)
        band = band.triu().tril(self.longest - 1)
        allowed = inside[:, :, None] & inside[:, None, :] & band
        value, place = scores.masked_fill(~allowed, -torch.inf).flatten(1).max(dim=1)
        first, last = place // length, place % length
        rows = torch.arange(len(place), device=place.device)
        begin = batch["offsets"][rows, first, 0].tolist()
        end = batch["offsets"][rows, last, 1].tolist()
        return [SpanGuess(*guess) for guess in zip(value.tolist(), begin, end, strict=True)]
