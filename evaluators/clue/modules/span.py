"""Start and end of an answer among the tokens of a window (BERT, section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, nll_loss

if TYPE_CHECKING:
    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch


class SpanGuess(NamedTuple):
    """The best piece of one window.

    Attributes:
        score: log P(start) + log P(end) − 2 log P(no answer here): comparable between windows.
        start: Offset of its first character in the context.
        end: Offset after its last.
    """

    score: float
    start: int
    end: int


class Span(nn.Module):
    """softmax over tokens t of w_s · h_t for the start, of w_e · h_t for the end.

    A window without the answer is taught to point at its first token, as for SQuAD 2.

    Args:
        hidden: Width of the states.
        longest: Tokens that an answer has at most.
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
        """Return (2 n, L): the starts of all rows, then the ends; -inf outside the context."""
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
