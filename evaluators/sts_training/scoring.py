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
        store: Vectors of an encoder that does not train, which keeps those that are made here; None
            encodes the sentences each time.
    """

    def __init__(
        self,
        encoder: Encoder,
        pooling: str,
        dataset: PairDataset,
        store: VectorStore | None = None,
    ) -> None:
        self.dataset = dataset
        self._encoder, self._pooling, self._store = encoder, pooling, store
        pairs = zip(dataset.first, dataset.second, strict=True)
        self._sentences = list(dict.fromkeys(s for pair in pairs for s in pair))
        self._tokens = encoder.tokens_of(self._sentences)
        self._pairs: Pairs | None = None

    def vectors(self, transform: Transform | None = None) -> NDArray[np.floating]:
        """Return the vector of each distinct sentence with the current weights, (m, d).

        Raises:
            TrainingError: A vector is not finite: training diverged.
        """
        store = self._encoded()
        if self._pairs is None:
            first, second = (store.rows(s) for s in (self.dataset.first, self.dataset.second))
            self._pairs = Pairs(self.dataset, first, second)
        return _validated(store.vectors(self._pooling)[self._pairs.used], transform)

    def each(self) -> NDArray[np.floating]:
        """Return the vector of each distinct sentence in order of appearance, (sentences, d)."""
        store = self._encoded()
        return store.vectors(self._pooling)[store.rows(self._sentences)]

    def _encoded(self) -> VectorStore:
        if self._store is None:
            store = VectorStore((self._pooling,))
            store.add(self._sentences, self._tokens, self._encoder.encode, lambda done: None)
            return store
        unseen = set(self._store.unseen(self._sentences))
        if unseen:
            both = zip(self._sentences, self._tokens, strict=True)
            sentences, tokens = zip(*(each for each in both if each[0] in unseen), strict=True)
            self._store.add(sentences, tokens, self._encoder.encode, lambda done: None)
        return self._store

    def cosines(self, transform: Transform | None = None) -> Floats:
        """Return the cosine of each pair, (n,); the grades need not differ."""
        store = self._encoded()
        vectors = _validated(store.vectors(self._pooling), transform).astype(np.float64)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        first, second = (store.rows(s) for s in (self.dataset.first, self.dataset.second))
        found: Floats = np.einsum("ij,ij->i", unit[first], unit[second])
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


def _validated(vectors: NDArray[np.floating], transform: Transform | None) -> NDArray[np.floating]:
    vectors = vectors if transform is None else transform(vectors)
    if not vectors.any(axis=1).all():
        raise TrainingError("a vector is zero, so its cosine is undefined: training collapsed")
    return vectors


def linear(weight: torch.Tensor) -> Transform:
    """Return a function that applies a linear map, (out, d), to vectors."""
    matrix = weight.detach().double().cpu().numpy()
    return lambda vectors: vectors.astype(np.float64) @ matrix.T
