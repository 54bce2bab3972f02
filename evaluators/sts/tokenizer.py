"""Turn sentences into tokens: prompt, case, special tokens and truncation of the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.checkpoint.load import LoadedEncoder
from evaluators.errors import CheckpointError, ScoreError
from evaluators.sts.chat import Chat, ChatSettings
from evaluators.sts.recipe import Recipe

_UNLIMITED = 1_000_000  # transformers writes 1e30 where a tokenizer states no limit


class Tokens(NamedTuple):
    """One sentence as the encoder reads it."""

    ids: NDArray[np.int32]
    types: NDArray[np.int32] | None  # token types, where any is not 0


class Tokenizer:
    """Tokenizer with the prompt, lowercasing and truncation of the checkpoint and the job.

    Attributes:
        prompt: Text before every sentence.
        max_length: Longest sentence in tokens, special tokens included; None for no limit.
        truncated: Number of sentences that were cut so far.
        chat: The template that sentences go through; None where they are read as they are.
    """

    def __init__(
        self, loaded: LoadedEncoder, recipe: Recipe, *, prompt: str, max_length: int | None
    ) -> None:
        self._tokenizer: Any = loaded.tokenizer
        self.prompt = prompt
        self.max_length = _limit(loaded, recipe, max_length)
        self.truncated = 0
        self._lower = recipe.sentences.lower_case
        self.chat = _chat(loaded, recipe)
        plain = self.chat is None and not loaded.is_static
        self._special = recipe.sentences.special_tokens and plain
        self._types = _reads_types(loaded)
        side = recipe.sentences.truncation_side or self._tokenizer.truncation_side
        self._tokenizer.truncation_side = side
        if self._tokenizer.is_fast:
            backend = self._tokenizer.backend_tokenizer
            backend.no_padding()
            backend.no_truncation()
            if self._lower:
                _lowercase_first(backend)
        # What a template puts after a sentence, which is written over the end of a truncated one.
        self._end = self.chat.end(prompt, self._whole) if self.chat else []
        if self._tokenizer.is_fast and self.max_length is not None:
            backend.enable_truncation(max_length=self.max_length, direction=side)

    def __call__(self, sentences: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each sentence, the prompt in front.

        Raises:
            ScoreError: A sentence has no tokens: its normaliser removes every character, and no
                special tokens are added.
        """
        if self.chat is not None:
            tokens = [self._ended(t) for t in self._encode(self.chat.texts(sentences, self.prompt))]
        else:
            tokens = self._encode([self.prompt + sentence for sentence in sentences])
        for sentence, found in zip(sentences, tokens, strict=True):
            if len(found.ids) == 0:
                raise ScoreError(
                    f"the tokenizer makes no tokens of the sentence {sentence!r}, so it has no"
                    " vector and no similarity: leave its pairs out of the data"
                )
        return tokens

    def _encode(self, texts: Sequence[str]) -> list[Tokens]:
        if self._tokenizer.is_fast:
            # the "fast" call leaves out character offsets, which are not used here
            encodings = self._tokenizer.backend_tokenizer.encode_batch_fast(
                texts, add_special_tokens=self._special
            )
            self.truncated += sum(bool(encoding.overflowing) for encoding in encodings)
            return [self._tokens(encoding.ids, encoding.type_ids) for encoding in encodings]
        return [self._tokenise_one(text.lower() if self._lower else text) for text in texts]

    def _whole(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of some texts without truncation and special tokens."""
        if self._tokenizer.is_fast:
            encode = self._tokenizer.backend_tokenizer.encode_batch_fast
            return [each.ids for each in encode(texts, add_special_tokens=False)]
        lowered = [text.lower() if self._lower else text for text in texts]
        return [self._tokenizer.encode(text, add_special_tokens=False) for text in lowered]

    def _ended(self, tokens: Tokens) -> Tokens:
        """Return a sentence that reaches the limit with the end that the template gives it."""
        if not self._end or self.max_length is None or len(tokens.ids) < self.max_length:
            return tokens
        keep = min(len(self._end), len(tokens.ids))
        ids = tokens.ids.copy()
        ids[-keep:] = self._end[-keep:]
        return tokens._replace(ids=ids)

    def _tokenise_one(self, text: str) -> Tokens:
        settings = {"add_special_tokens": self._special, "verbose": False}
        whole = self._tokenizer(text, truncation=False, **settings)
        cut = self._tokenizer(text, truncation=True, max_length=self.max_length, **settings)
        self.truncated += len(cut["input_ids"]) < len(whole["input_ids"])
        return self._tokens(cut["input_ids"], cut.get("token_type_ids"))

    def _tokens(self, ids: Sequence[int], types: Sequence[int] | None) -> Tokens:
        kept = self._types and types is not None and any(types)
        return Tokens(
            np.array(ids, dtype=np.int32), np.array(types, dtype=np.int32) if kept else None
        )

    def prompt_length(self) -> int:
        """Return the number of leading tokens of the prompt, special tokens included."""
        if not self.prompt:
            return 0
        ids = self._encode([self.prompt])[0].ids
        return len(ids) - int(len(ids) > 0 and ids[-1] in self._tokenizer.all_special_ids)


def _chat(loaded: LoadedEncoder, recipe: Recipe) -> Chat | None:
    """Return the chat template that sentence-transformers would write a sentence with."""
    settings = recipe.sentences.chat
    if settings is None and not recipe.declared and loaded.tokenizer.chat_template is not None:
        settings = ChatSettings()
    if settings is None:
        return None
    kind = loaded.model.config.model_type
    return Chat(settings, loaded.tokenizer, model_type=kind, named=str(recipe.encoder))


def _reads_types(loaded: LoadedEncoder) -> bool:
    """Return whether the encoder gets token types, as it does from transformers' own call."""
    return not loaded.is_static and "token_type_ids" in loaded.tokenizer.model_input_names


def _limit(loaded: LoadedEncoder, recipe: Recipe, requested: int | None) -> int | None:
    """Return the job's limit, else the recipe's or tokenizer's, at most the positions.

    Positions that are computed, not looked up, go as far as the recipe says.
    """
    positions, declared = loaded.max_positions, recipe.sentences.max_length
    if requested is not None:
        if requested < 1 or (positions is not None and requested > positions):
            raise CheckpointError(
                f"max_length must be 1 to {positions}, the positions of the checkpoint, got"
                f" {requested}"
            )
        return requested
    if declared is not None and not loaded.has_table:
        positions = None
    limits = [
        limit
        for limit in (declared or loaded.tokenizer.model_max_length, positions)
        if limit is not None and limit < _UNLIMITED
    ]
    return min(limits, default=None)


def _lowercase_first(backend: Any) -> None:
    from tokenizers.normalizers import Lowercase, Sequence

    present: Any = backend.normalizer
    several = isinstance(present, Sequence)
    steps = list(present) if several else [present] * (present is not None)
    if not any(isinstance(step, Lowercase) for step in steps):
        backend.normalizer = Sequence([Lowercase(), *steps])
