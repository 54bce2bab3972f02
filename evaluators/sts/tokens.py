"""Sentences to token ids, in one call and without padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.checkpoint.load import LoadedEncoder
from evaluators.errors import CheckpointError
from evaluators.sts.recipe import Recipe

_UNLIMITED = 1_000_000  # transformers writes 1e30 where a tokenizer states no limit


class Tokens(NamedTuple):
    """One sentence as the encoder reads it."""

    ids: NDArray[np.int32]
    types: NDArray[np.int32] | None  # token types, where any is not 0


class Tokenizer:
    """Prompt, lowercasing and truncation as the checkpoint and the job ask for.

    Attributes:
        max_length: Longest sentence in tokens, special tokens included; None has no limit.
        truncated: How many sentences were cut so far.
    """

    def __init__(
        self, loaded: LoadedEncoder, recipe: Recipe, *, prompt: str, max_length: int | None
    ) -> None:
        self._tokenizer: Any = loaded.tokenizer
        self._prompt = prompt
        self.max_length = _limit(loaded, recipe, max_length)
        self.truncated = 0
        self._lower = recipe.lower_case
        if self._tokenizer.is_fast:
            backend = self._tokenizer.backend_tokenizer
            backend.no_padding()
            backend.no_truncation()
            if self.max_length is not None:
                side = self._tokenizer.truncation_side
                backend.enable_truncation(max_length=self.max_length, direction=side)
            if self._lower:
                _lowercase_first(backend)

    def __call__(self, sentences: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each sentence, the prompt in front."""
        texts = [self._prompt + sentence for sentence in sentences]
        if self._tokenizer.is_fast:
            # the "fast" call leaves out character offsets, which nobody reads here
            encodings = self._tokenizer.backend_tokenizer.encode_batch_fast(texts)
            self.truncated += sum(bool(encoding.overflowing) for encoding in encodings)
            return [_tokens(encoding.ids, encoding.type_ids) for encoding in encodings]
        return [self._one(text.lower() if self._lower else text) for text in texts]

    def _one(self, text: str) -> Tokens:
        whole = self._tokenizer(text, truncation=False, verbose=False)
        cut = self._tokenizer(text, truncation=True, max_length=self.max_length)
        self.truncated += len(cut["input_ids"]) < len(whole["input_ids"])
        return _tokens(cut["input_ids"], cut.get("token_type_ids"))

    def prompt_length(self) -> int:
        """Return how many leading tokens the prompt takes, special tokens included."""
        if not self._prompt:
            return 0
        ids = self([""])[0].ids
        return len(ids) - int(ids[-1] in self._tokenizer.all_special_ids)


def _tokens(ids: Sequence[int], types: Sequence[int] | None) -> Tokens:
    return Tokens(
        np.array(ids, dtype=np.int32),
        np.array(types, dtype=np.int32) if types is not None and any(types) else None,
    )


def _limit(loaded: LoadedEncoder, recipe: Recipe, asked: int | None) -> int | None:
    """The job's limit, else the recipe's, else the tokenizer's; never more than the positions."""
    most = loaded.max_positions
    if asked is not None:
        if asked < 1 or (most is not None and asked > most):
            raise CheckpointError(
                f"max_length {asked} does not fit the checkpoint's positions: 1 to {most}"
            )
        return asked
    stated = recipe.max_length or loaded.tokenizer.model_max_length
    limits = [limit for limit in (stated, most) if limit is not None and limit < _UNLIMITED]
    return min(limits, default=None)


def _lowercase_first(backend: Any) -> None:
    from tokenizers.normalizers import Lowercase, Sequence

    steps = [Lowercase()] + ([backend.normalizer] if backend.normalizer is not None else [])
    backend.normalizer = Sequence(steps)
