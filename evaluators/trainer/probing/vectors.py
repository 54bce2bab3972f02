"""Encode each distinct text once, by the encoder that also scores similarity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.checkpoint.configuration import verify_configuration
from evaluators.checkpoint.quiet import quiet
from evaluators.errors import ScoreError
from evaluators.sts.encoder import Encoder

if TYPE_CHECKING:
    from evaluators.progress import Progress


Floats = NDArray[np.float32]


class Vectors:
    """Vectors of texts under one pooling.

    Args:
        folder: The checkpoint.
        pooling: One of `evaluators.sts.POOLINGS`.
        dtype: Floating-point type of the encoder's computations.
        device: torch's name; None takes CUDA where there is one.
        max_length: Tokens of a text that are kept.
        progress: Called with the number of encoded texts.

    Raises:
        CheckpointError: The checkpoint cannot be loaded, lacks the pooling or a tokenizer, or
            reads shorter sequences only.
        ScoreError: A vector is not finite.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pooling: str,
        dtype: str,
        device: str | None,
        max_length: int,
        progress: Progress | None = None,
    ) -> None:
        verify_configuration(folder)
        with quiet():
            self.encoder = Encoder(
                folder,
                poolings=[pooling],
                dtype=dtype,
                device=device,
                prompt="",
                max_length=max_length,
                token_budget=None,
            )
        self._pooling, self._progress = pooling, progress
        self._known: dict[str, Floats] = {}

    def encode(self, texts: Iterable[str]) -> None:
        """Encode the texts that are not encoded yet."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        done = 0
        for rows, vectors in self.encoder.encode(self.encoder.tokenizer(new)):
            for row, vector in zip(rows, vectors[self._pooling], strict=True):
                if not np.isfinite(vector).all():
                    raise ScoreError(
                        f"the vector of {new[row][:40]!r} holds NaN or infinity: the checkpoint"
                        " diverged, or its dtype is too narrow"
                    )
                self._known[new[row]] = np.asarray(vector, dtype=np.float32)
            done += len(rows)
            if self._progress is not None:
                self._progress("encoding", done, len(new))

    def of(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts, (n, d)."""
        self.encode(texts)
        return np.stack([self._known[text] for text in texts])


def pair_features(first: Floats, second: Floats) -> Floats:
    """Return [u; v; |u − v|; u ∘ v] of each pair, (n, 4 d) (InferSent, arXiv 1705.02364)."""
    return np.concatenate([first, second, np.abs(first - second), first * second], axis=1)
