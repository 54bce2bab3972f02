"""Score the vectors of an encoder that trains: sentences are tokenised once, encoded each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.dataset import PairDataset
from evaluators.errors import TrainingError
from evaluators.sts.encoder import Encoder
from evaluators.sts.score import Bootstrap, Pairs, Scored, score_pairs
from evaluators.sts.spearman import spearman
from evaluators.sts.vectors import VectorStore

Floats = NDArray[np.float64]
Transform = Callable[[NDArray[np.floating]], NDArray[np.floating]]


class PairScorer:
    """The pairs of a split, ready to be encoded and scored again and again.

    Args:
        encoder: The encoder.
        pooling: Pooling of the vectors, one of the encoder's.
        dataset: The pairs.
        frozen: Whether the encoder keeps its weights, so that its vectors are computed once.
    """

    def __init__(
        self, encoder: Encoder, pooling: str, dataset: PairDataset, *, frozen: bool = False
    ) -> None:
        self.dataset, self._frozen = dataset, frozen
        self._encoder, self._pooling = encoder, pooling
        pairs = zip(dataset.first, dataset.second, strict=True)
        self._sentences = list(dict.fromkeys(s for pair in pairs for s in pair))
        self._tokens = encoder.tokens_of(self._sentences)
        self._pairs: Pairs | None = None
        self._encoded: NDArray[np.floating] | None = None

    def vectors(self, transform: Transform | None = None) -> NDArray[np.floating]:
        """Return the vector of each distinct sentence with the current weights, (m, d).

        Raises:
            ScoreError: A vector is not finite.
            TrainingError: A vector is zero.
        """
        vectors = self._encode() if self._encoded is None else self._encoded
        vectors = vectors if transform is None else transform(vectors)
        if not vectors.any(axis=1).all():
            raise TrainingError("a vector is zero, so its cosine is undefined: training collapsed")
        return vectors

    def _encode(self) -> NDArray[np.floating]:
        store = VectorStore((self._pooling,))
        store.add(self._sentences, self._tokens, self._encoder.encode, lambda done: None)
        if self._pairs is None:
            first, second = (store.rows(s) for s in (self.dataset.first, self.dataset.second))
            self._pairs = Pairs(self.dataset, first, second)
        vectors: NDArray[np.floating] = store.vectors(self._pooling)[self._pairs.used]
        if self._frozen:
            self._encoded = vectors
        return vectors

    def cosines(self, transform: Transform | None = None) -> Floats:
        """Return the cosine of each pair, (n,)."""
        vectors = self.vectors(transform).astype(np.float64)
        assert self._pairs is not None  # noqa: S101 - made with the vectors
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        found: Floats = np.einsum("ij,ij->i", unit[self._pairs.first], unit[self._pairs.second])
        return found

    def spearman(self, transform: Transform | None = None) -> float:
        """Return Spearman's correlation with the grades, from -1 to 1."""
        return float(spearman(self.cosines(transform), self.dataset.gold))

    def score(self, bootstrap: Bootstrap, transform: Transform | None = None) -> Scored:
        """Return scores with intervals, as the evaluator `sts` gives them."""
        vectors = self.vectors(transform)
        assert self._pairs is not None  # noqa: S101
        columns = np.ascontiguousarray(vectors.T, dtype=np.float64)
        return score_pairs(self._pairs, columns, (), bootstrap)


def linear(weight: torch.Tensor) -> Transform:
    """Return a function that applies a linear map, (out, d), to vectors."""
    matrix = weight.detach().double().cpu().numpy()
    return lambda vectors: vectors.astype(np.float64) @ matrix.T
