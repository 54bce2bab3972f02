"""P-tuning: a masked language model predicts a word that stands for the class.

The input is [CLS] u₁ … u₄ [MASK] u₅ … u₈ text: the embeddings of u are trained, all else stays as
in the checkpoint; the classes are words, whose probabilities at [MASK] are compared. In training a
share of the text's tokens is masked too and predicted, which keeps the few embeddings from fitting
noise. Source: kexue.fm/archives/8295, arXiv 2103.10385, github.com/bojone/P-tuning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import nll_loss

from evaluators.errors import CheckpointError, MethodError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evaluators.trainer.heads import Encode, HeadSetup
    from evaluators.trainer.training.model import Batch


IGNORED = -100


class Prompt(nn.Module):
    """Trained embeddings of pseudo tokens, and a class by the word that is predicted after them.

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
        """Return (n, classes + 2): log p of each word, then −log p and number of masked tokens."""
        k, half = len(self.prompt), (len(self.prompt) + 1) // 2
        texts, mask = batch["input_ids"], batch["attention_mask"]
        n = len(texts)
        targets = torch.full_like(texts, IGNORED)
        if self.training and self.auxiliary:
            texts, targets = self._masked(texts, mask)
        template = texts.new_full((n, k + 1), self.mask)
        ids = torch.cat([texts[:, :1], template, texts[:, 1:]], dim=1)
        positions = getattr(encode.model.config, "max_position_embeddings", None)
        if positions is not None and ids.shape[1] > positions:
            raise MethodError(
                f"{ids.shape[1]} tokens with the prompt, and the checkpoint reads {positions}: set"
                f" max_length: {positions - k - 1} or less"
            )
        embedded = encode.model.get_input_embeddings()(ids)
        embeddings = self.prompt.to(embedded.dtype).expand(n, -1, -1)
        parts = [
            embedded[:, :1],
            embeddings[:, :half],
            embedded[:, half + 1 : half + 2],
            embeddings[:, half:],
        ]
        inputs: dict[str, Any] = {
            "inputs_embeds": torch.cat([*parts, embedded[:, k + 2 :]], dim=1),
            "attention_mask": torch.cat([mask.new_ones(n, k + 1), mask], dim=1),
        }
        if "token_type_ids" in batch:
            types = batch["token_type_ids"]
            inputs["token_type_ids"] = torch.cat([types.new_zeros(n, k + 1), types], dim=1)
        states = encode.model(**inputs, return_dict=True).last_hidden_state
        answers = self._log_p(states[:, half + 1])[:, self.words]
        row, place = (targets != IGNORED).nonzero(as_tuple=True)
        masked_loss = answers.new_zeros(n)
        if len(row):
            # The prompt shifts all tokens after [CLS]; [CLS] itself is never masked.
            log_p = self._log_p(states[row, place + k + 1])
            losses = nll_loss(log_p, targets[row, place], reduction="none")
            masked_loss = masked_loss.index_add(0, row, losses)
        count = (targets != IGNORED).sum(dim=1).to(answers.dtype)
        return torch.cat([answers, masked_loss[:, None], count[:, None]], dim=1)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean −log p over answers and masked tokens together, as published."""
        answers = nll_loss(logits[:, :-2], batch["labels"], reduction="sum")
        return (answers + logits[:, -2].sum()) / (len(logits) + logits[:, -1].sum())

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log probabilities of the classes: their words' shares, (n, classes)."""
        return logits[:, :-2].log_softmax(dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the class of the likeliest word."""
        return [int(label) for label in logits[:, :-2].argmax(dim=-1).cpu()]

    def _log_p(self, states: Tensor) -> Tensor:
        return self.vocabulary[0](states).float().log_softmax(dim=-1)

    def _masked(self, texts: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Mask a share of the tokens: 8 in 10 by [MASK], 1 by itself, 1 by any token."""
        maskable = mask.bool() & ~torch.isin(texts, texts.new_tensor(self.special))
        maskable[:, 0] = False
        draws = torch.rand(texts.shape, device=texts.device) / self.auxiliary
        chosen = maskable & (draws < 1)
        tokens = self.vocabulary[0](self.prompt[:1]).shape[-1]
        random = torch.randint(tokens, texts.shape, device=texts.device)
        changed = torch.where(draws < 0.8, self.mask, torch.where(draws < 0.9, texts, random))
        return torch.where(chosen, changed, texts), texts.masked_fill(~chosen, IGNORED)


WORDS = {"0": "不", "1": "很", "Negative": "不", "Positive": "很"}
"""The published words of sentiment, by the labels of such tasks."""


def make_prompt(
    setup: HeadSetup, tokens: int, auxiliary: float, words: Mapping[str, str]
) -> Prompt:
    """Return the head for the checkpoint of a setup.

    Raises:
        MethodError: The checkpoint has no masked-LM head or too few unused tokens, or a label has
            no word of one token.
    """
    if setup.loaded is None:
        raise MethodError("p-tuning needs the masked-LM head of a checkpoint, and there is none")
    tokenizer = setup.loaded.tokenizer
    spare = unused_tokens(tokenizer, tokens)
    if tokenizer.mask_token_id is None:
        raise MethodError(
            "p-tuning needs a mask token, and the tokenizer has none: take the head linear"
        )
    return Prompt(
        start=setup.loaded.model.get_input_embeddings().weight[spare],
        words=torch.tensor([_word(tokenizer, label, words) for label in setup.labels]),
        mask=int(tokenizer.mask_token_id),
        special=tokenizer.all_special_ids,
        vocabulary=vocabulary_head(setup.loaded.model.name_or_path, setup.loaded.device),
        auxiliary=auxiliary,
    )


def unused_tokens(tokenizer: Any, count: int) -> list[int]:
    """Return the vocabulary's first unused tokens: `[unused1]` and the like.

    Raises:
        MethodError: The vocabulary has fewer than `count`.
    """
    numbered = {
        int(match[1]): token
        for word, token in tokenizer.get_vocab().items()
        if (match := re.fullmatch(r"[\[<](?:unused|extra_id_)(\d+)[\]>]", word))
    }
    names = [token for number, token in sorted(numbered.items()) if number > 0]
    if len(names) < count:
        raise MethodError(
            f"the vocabulary has {len(names)} unused tokens ([unused1] …), and p-tuning trains"
            f" {count}: set tokens lower, or take a checkpoint that has them, such as BERT's"
        )
    return names[:count]


def vocabulary_head(folder: str, device: torch.device) -> Any:
    """Load the layers from states to the vocabulary's logits, without gradients.

    Raises:
        MethodError: The checkpoint has no masked-LM head, or parts of it are missing.
    """
    from evaluators.checkpoint.masked_lm import load_masked_lm

    try:
        _, head = load_masked_lm(Path(folder))
    except CheckpointError as error:
        raise MethodError(f"p-tuning answers by words: {error}, or the head linear") from error
    head.to(device)
    for weight in head.parameters():
        weight.requires_grad_(False)
    return head


def _word(tokenizer: Any, label: str, words: Mapping[str, str]) -> int:
    word = words.get(label) or WORDS.get(label)
    if word is None:
        raise MethodError(
            f"label {label!r} needs a word that stands for it: set words: {{{label}: …}} for each"
            " label, one token each"
        )
    ids = tokenizer.encode(word, add_special_tokens=False)
    if len(ids) != 1 or ids[0] == tokenizer.unk_token_id:
        raise MethodError(
            f"the word {word!r} of label {label!r} is not one token of the checkpoint's vocabulary:"
            " set another in words"
        )
    return int(ids[0])
