"""A pretrained masked language model that writes token by token, by a mask of its attention.

As UniLM (Dong and others 2019, arXiv:1905.03197) and Su Jianlin's baseline (baseline.py of
bojone/KgCLUE-bert4keras): what is read, and the separator after it, sees all of itself; what is
written sees that and what was written before. The head for masked tokens predicts the next one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from evaluators.constrained_decoding.copying_seq2seq import END, FIRST, PAD
from evaluators.constrained_decoding.prefix_tree import Key
from evaluators.errors import CheckpointError

SMALLEST = 1e-30
"""Below any probability that a network gives in float32; its logarithm is finite."""


class Read(NamedTuple):
    """Sources that are read anew at every step.

    Attributes:
        source: (1, n, T) tokens, padded at their ends.
        start: (1, n, 0), as nothing was written yet.
    """

    source: Tensor
    start: Tensor


class MaskedSeq2Seq(nn.Module):
    """One network; its tokens are those of the checkpoint, after `PAD` and `END`.

    Args:
        model: Of masked tokens, a BERT, RoBERTa or RoFormer.
        head: Its layers from states to logits.
        tokenizer: Its tokenizer, which must know a start, a separator and a padding.

    Raises:
        CheckpointError: A special token is missing.
    """

    _ids: Tensor

    def __init__(self, model: Any, head: nn.Module, tokenizer: Any) -> None:
        super().__init__()
        special = (tokenizer.pad_token_id, tokenizer.sep_token_id, tokenizer.cls_token_id)
        if None in special:
            raise CheckpointError(
                "a checkpoint that writes must have a padding, a separator and a start token: its"
                f" tokenizer has {special}; take a BERT, RoBERTa or RoFormer"
            )
        self.model, self.head, self._tokenizer = model, head, tokenizer
        _, self._separator, self._start = special
        self.size = FIRST + int(model.config.vocab_size)
        ids = torch.tensor([*special[:2], *range(self.size - FIRST)])
        self.register_buffer("_ids", ids, persistent=False)

    def tokens(self, text: str) -> Key:
        """Return the tokens of a text."""
        ids = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return tuple(FIRST + each for each in ids)

    def encode(self, source: Tensor) -> Read:
        """Take sources (1, n, T) of questions, padded at their ends."""
        return Read(source, source.new_zeros(*source.shape[:2], 0))

    def log_probabilities(self, source: Tensor, target: Tensor) -> Tensor:
        """Return log p of each token of targets (n, L), given sources (n, T) and those before.

        What stands for padding is a number without meaning.
        """
        ends = torch.full_like(target[:, :1], END)
        logits = self._logits(source, torch.cat([ends, target[:, :-1]], dim=1), target.shape[1])
        logs: Tensor = logits.float().log_softmax(-1)
        return logs.gather(-1, self._ids[target][..., None])[..., 0]

    def floored(self, probabilities: Tensor) -> Tensor:
        """Return probabilities whose logarithms are finite."""
        return probabilities.clamp_min(SMALLEST)

    def step(self, read: Read, states: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Write one more token in each of K beams of each source.

        Args:
            read: n sources.
            states: (1, n, K, L), what was written before the last tokens.
            last: (1, n, K), the tokens written last; `END` at the beginning.

        Returns:
            p of every token, (1, n, K, V), on the CPU, and the next states.
        """
        states = torch.cat([states, last[..., None]], dim=-1)
        _, n, beams, length = states.shape
        source = read.source[0].repeat_interleave(beams, dim=0).to(self._ids.device)
        written = states.reshape(n * beams, length).to(self._ids.device)
        shares = self._logits(source, written, 1)[:, 0].float().softmax(-1).cpu()
        spread = shares.new_zeros(n * beams, self.size)
        spread[:, FIRST:] = shares
        spread[:, END] = shares[:, self._separator]
        spread[:, FIRST + self._separator] = 0.0
        return spread.reshape(1, n, beams, self.size), states

    def _logits(self, source: Tensor, written: Tensor, count: int) -> Tensor:
        """Return what follows each of the last tokens that were written, (n, count, V).

        Args:
            source: (n, T), padded at their ends.
            written: (n, L), padded at their ends, `END` first.
            count: How many of the L.
        """
        start = torch.full_like(source[:, :1], FIRST + self._start)
        both = torch.cat([start, source, written], dim=1)
        # Positions of a row follow on each other: the padding between goes to the end.
        order = (both == PAD).to(torch.int8).argsort(dim=1, stable=True)
        both = both.gather(1, order)
        read = 1 + (source != PAD).sum(1, keepdim=True)  # the separator is the last thing read
        places = torch.arange(both.shape[1], device=both.device)
        seen = (places[None, None] <= read[..., None]) | (
            places[None, None] <= places[None, :, None]
        )
        seen = seen & (both != PAD)[:, None]
        widest = int((both != PAD).sum(1).max())
        ids, seen = self._ids[both[:, :widest]], seen[:, None, :widest, :widest]
        dtype = next(self.model.parameters()).dtype
        mask = torch.zeros_like(seen, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
        settings = {"token_type_ids": (places[:widest] > read).long()} if self._has_types else {}
        body = self.model.base_model(input_ids=ids, attention_mask=mask, **settings)
        at = read + torch.arange(written.shape[1] - count, written.shape[1], device=both.device)
        at = at.clamp(max=widest - 1)
        wide = body.last_hidden_state.shape[-1]
        hidden = body.last_hidden_state.gather(1, at[..., None].expand(-1, -1, wide))
        logits: Tensor = self.head(hidden)
        return logits

    @property
    def _has_types(self) -> bool:
        return int(getattr(self.model.config, "type_vocab_size", 0) or 0) > 1
