"""P-tuning: a masked language model answers by a word, after a few trained pseudo tokens.

The input is [CLS] u₁ … u₄ [MASK] u₅ … u₈ text: the embeddings of u are trained, all else is as the
checkpoint has it; the classes are words, whose probabilities at [MASK] are compared. In training a
share of the text's tokens is masked as well and told again, which keeps the few embeddings from
fitting noise.  Source: kexue.fm/archives/8295, arXiv 2103.10385, github.com/bojone/P-tuning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import nll_loss

from evaluators.errors import MethodError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evaluators.clue.heads import Encode
    from evaluators.clue.training.model import Batch

IGNORED = -100


class Prompt(nn.Module):
    """The trained embeddings, and how they are read.

    Args:
        start: First values of the embeddings, (k, hidden): the unused tokens' own.
        words: Token of each class, (classes,).
        mask: Token of [MASK].
        special: Tokens that are never masked in a text.
        vocabulary: From states (m, hidden) to logits (m, tokens), not trained.
        auxiliary: Share of the text's tokens that is masked in training; 0 masks none.
    """

    words: Tensor

    def __init__(
        self,
        start: Tensor,
        words: Tensor,
        mask: int,
        special: Sequence[int],
        vocabulary: Callable[[Tensor], Tensor],
        auxiliary: float,
    ) -> None:
        super().__init__()
        self.prompt = nn.Parameter(start.detach().clone())
        self.register_buffer("words", words)
        self.mask, self.special = mask, tuple(special)
        self.vocabulary = [vocabulary]  # in a list: neither trained nor kept with the weights
        self.auxiliary = auxiliary

    def forward(self, encode: Encode, batch: Batch) -> Tensor:
        """Return (n, classes + 2): log p of each word, and the masked tokens' −log p and number."""
        k, half = len(self.prompt), (len(self.prompt) + 1) // 2
        texts, there = batch["input_ids"], batch["attention_mask"]
        n = len(texts)
        told = torch.full_like(texts, IGNORED)
        if self.training and self.auxiliary:
            texts, told = self._masked(texts, there)
        template = texts.new_full((n, k + 1), self.mask)
        ids = torch.cat([texts[:, :1], template, texts[:, 1:]], dim=1)
        most = getattr(encode.model.config, "max_position_embeddings", None)
        if most is not None and ids.shape[1] > most:
            raise MethodError(
                f"{ids.shape[1]} tokens with the prompt, and the checkpoint reads {most}: set"
                f" max_length: {most - k - 1} or less"
            )
        embedded = encode.model.get_input_embeddings()(ids)
        own = self.prompt.to(embedded.dtype).expand(n, -1, -1)
        parts = [embedded[:, :1], own[:, :half], embedded[:, half + 1 : half + 2], own[:, half:]]
        given: dict[str, Any] = {
            "inputs_embeds": torch.cat([*parts, embedded[:, k + 2 :]], dim=1),
            "attention_mask": torch.cat([there.new_ones(n, k + 1), there], dim=1),
        }
        if "token_type_ids" in batch:
            types = batch["token_type_ids"]
            given["token_type_ids"] = torch.cat([types.new_zeros(n, k + 1), types], dim=1)
        states = encode.model(**given, return_dict=True).last_hidden_state
        answers = self._log_p(states[:, half + 1])[:, self.words]
        row, place = (told != IGNORED).nonzero(as_tuple=True)
        lost = answers.new_zeros(n)
        if len(row):
            # Tokens after [CLS] moved by the prompt; [CLS] itself is never masked.
            log_p = self._log_p(states[row, place + k + 1])
            each = nll_loss(log_p, told[row, place], reduction="none")
            lost = lost.index_add(0, row, each)
        count = (told != IGNORED).sum(dim=1).to(answers.dtype)
        return torch.cat([answers, lost[:, None], count[:, None]], dim=1)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean −log p over answers and masked tokens together, as published."""
        answers = nll_loss(logits[:, :-2], batch["labels"], reduction="sum")
        return (answers + logits[:, -2].sum()) / (len(logits) + logits[:, -1].sum())

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the classes' share of their words' probability, (n, classes)."""
        return logits[:, :-2].log_softmax(dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the class of the likeliest word."""
        return [int(label) for label in logits[:, :-2].argmax(dim=-1).cpu()]

    def _log_p(self, states: Tensor) -> Tensor:
        return self.vocabulary[0](states).float().log_softmax(dim=-1)

    def _masked(self, texts: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Return texts with a share masked: 8 in 10 [MASK], 1 as it was, 1 any token."""
        usual = there.bool() & ~torch.isin(texts, texts.new_tensor(self.special))
        usual[:, 0] = False
        drawn = torch.rand(texts.shape, device=texts.device) / self.auxiliary
        chosen = usual & (drawn < 1)
        tokens = self.vocabulary[0](self.prompt[:1]).shape[-1]
        random = torch.randint(tokens, texts.shape, device=texts.device)
        changed = torch.where(drawn < 0.8, self.mask, torch.where(drawn < 0.9, texts, random))
        return torch.where(chosen, changed, texts), texts.masked_fill(~chosen, IGNORED)
