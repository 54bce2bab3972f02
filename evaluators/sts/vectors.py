"""Store the vectors of a session's sentences, so that each distinct one is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.sts.encoder import Encoded
from evaluators.sts.tokenizer import Tokens


class VectorStore:
    """Rows of vectors, in one array for each pooling.

    Sentences with the same tokens ("A man." and "a man." for an uncased tokenizer) share a row, so
    that their cosine is 1 and ties stay ties.
    """

    def __init__(self, poolings: Iterable[str]) -> None:
        self._rows: dict[str, int] = {}
        self._by_tokens: dict[bytes, int] = {}
        self._arrays: dict[str, NDArray[np.floating]] = {p: np.empty((0, 0)) for p in poolings}

    def __len__(self) -> int:
        return len(self._by_tokens)

    def unseen(self, sentences: Iterable[str]) -> list[str]:
        """Return the distinct sentences that have no row yet, in order."""
        return [s for s in dict.fromkeys(sentences) if s not in self._rows]

    def rows(self, sentences: Sequence[str]) -> NDArray[np.intp]:
        """Return the row of each sentence."""
        return np.fromiter((self._rows[s] for s in sentences), dtype=np.intp, count=len(sentences))

    def vectors(self, pooling: str) -> NDArray[np.floating]:
        """Return every vector of one pooling, (rows, d)."""
        return self._arrays[pooling]

    def add(
        self,
        sentences: Sequence[str],
        tokens: Sequence[Tokens],
        encode: Callable[[Sequence[Tokens]], Iterable[Encoded]],
        done: Callable[[int], None],
    ) -> int:
        """Encode unseen sentences and store their vectors.

        Args:
            sentences: Distinct sentences without a row.
            tokens: The tokens of each.
            encode: Function that yields the vectors of token lists.
            done: Called with the number of sentences finished after each batch.

        Returns:
            Number of encoded token lists.

        Raises:
            ScoreError: A vector is NaN or infinite. Nothing of this call is stored then.
        """
        before = len(self)
        fresh: dict[bytes, Tokens] = {}
        keys = [_key(sentence_tokens) for sentence_tokens in tokens]
        for key, sentence_tokens in zip(keys, tokens, strict=True):
            if key not in self._by_tokens:
                fresh.setdefault(key, sentence_tokens)
        new = _collect(list(fresh.values()), encode, done)
        for pooling, array in new.items():
            old = self._arrays[pooling]
            self._arrays[pooling] = np.concatenate([old, array]) if before else array
        self._by_tokens |= {key: before + i for i, key in enumerate(fresh)}
        self._rows |= {s: self._by_tokens[key] for s, key in zip(sentences, keys, strict=True)}
        return len(fresh)


def _key(tokens: Tokens) -> bytes:
    types = b"" if tokens.types is None else b"|" + tokens.types.tobytes()
    return tokens.ids.tobytes() + types


def _collect(
    tokens: Sequence[Tokens],
    encode: Callable[[Sequence[Tokens]], Iterable[Encoded]],
    done: Callable[[int], None],
) -> Mapping[str, NDArray[np.floating]]:
    arrays: dict[str, NDArray[np.floating]] = {}
    finished = 0
    for rows, vectors in encode(tokens):
        for pooling, batch in vectors.items():
            if not np.isfinite(batch).all():
                raise ScoreError(
                    f"pooling {pooling} gives NaN or infinite vectors: the checkpoint's weights "
                    "are damaged, or its dtype overflows (try float32)"
                )
            if pooling not in arrays:
                arrays[pooling] = np.empty((len(tokens), batch.shape[1]), batch.dtype)
            arrays[pooling][rows] = batch
        finished += len(rows)
        done(finished)
    return arrays
