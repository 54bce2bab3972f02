"""The loss of word vectors on the counts of a corpus, and the counts as blocks of rows.

Both objectives are functions of the scores s_ij = u_i·v_j + b_j and exact in the counts: nothing is
sampled. With C the counts as shares of all pairs, r_i their row sums and q the noise distribution:

- full softmax: −Σ C_ij log p(j|i), p(j|i) ∝ exp s_ij; its gradient in s is r_i p(j|i) − C_ij.
- negative sampling: −Σ C_ij log σ(s_ij) − k Σ r_i q_j log σ(−s_ij), the expectation of word2vec's
  loss with k noise words; its gradient is σ(s_ij) (C_ij + k r_i q_j) − C_ij. Its optimum is
  s_ij = log C_ij/(r_i q_j) − log k, so that q_j exp s_ij is the conditional distribution up to a
  factor: it is measured on held-out text through p(j|i) ∝ q_j exp s_ij.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension.numeric_checks import at_least
from evaluators.dimension_words.counting import PairCounts
from evaluators.errors import DimensionError
from evaluators.names import validate_known

Kind = Literal["softmax", "negative"]
_NOISE_POWER = 0.75
_BLOCK_BYTES = 256 << 20
_DENSE_BYTES = 4 << 30


@dataclass(frozen=True)
class Objective:
    """A loss of word vectors.

    Attributes:
        kind: `softmax` or `negative`.
        negatives: Noise words per pair, k; used only by `negative`.
    """

    kind: Kind = "softmax"
    negatives: int = 5

    def __post_init__(self) -> None:
        validate_known("objective", [self.kind], get_args(Kind))
        at_least("negatives", self.negatives, 1)

    def log_noise(self, unigram: Tensor) -> Tensor:
        """Return log q_j from log unigram shares, shape (seeds, 1, N); 0 for the softmax."""
        if self.kind == "softmax":
            return unigram.new_zeros(())
        scaled = _NOISE_POWER * unigram
        return scaled - scaled.logsumexp(dim=-1, keepdim=True)

    def first_bias(self, unigram: Tensor, log_noise: Tensor) -> Tensor:
        """Return the biases b_j with which zero vectors give the unigram model."""
        if self.kind == "softmax":
            return unigram.clone()
        return unigram - log_noise - math.log(self.negatives)

    def log_probabilities(self, scores: Tensor, log_noise: Tensor) -> Tensor:
        """Return log p(j|i), in the shape of the scores."""
        return (scores + log_noise if log_noise.ndim else scores).log_softmax(dim=-1)

    def residual(self, scores: Tensor, counts: Tensor, rows: Tensor, log_noise: Tensor) -> Tensor:
        """Return the gradient of the loss in the scores; overwrites `scores`.

        Args:
            scores: Shape (seeds, rows, N).
            counts: C, same shape.
            rows: Their row sums, shape (seeds, rows, 1).
            log_noise: Result of `log_noise`.
        """
        if self.kind == "softmax":
            return scores.softmax(dim=-1).mul_(rows).sub_(counts)
        noise = rows * (self.negatives * log_noise.exp())
        return scores.sigmoid_().mul_(noise.add_(counts)).sub_(counts)


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of every split.

    Attributes:
        rows: The rows.
        parts: Training, validation and test counts as shares of their part's pairs, each of shape
            (seeds, rows, N); sparse where all of them together would not fit.
        weights: Row sums of the training shares, shape (seeds, rows, 1).
    """

    rows: slice
    parts: tuple[Tensor, Tensor, Tensor]
    weights: Tensor

    def dense(self, part: int) -> Tensor:
        """Return the counts of one part as a dense tensor."""
        tensor = self.parts[part]
        return tensor.to_dense() if tensor.is_sparse else tensor


@dataclass(frozen=True, eq=False)
class Pairs:
    """The counts of all seeds, prepared to be fitted together.

    Attributes:
        blocks: All rows, in order.
        unigram: log of the training shares of each neighbour, one added to each count so that
            none is zero, shape (seeds, 1, N).
        baseline: Cross-entropy of that unigram model on the three parts, nats, shape (seeds, 3).
        pairs: Number of pairs in each part, shape (seeds, 3).
    """

    blocks: tuple[Block, ...]
    unigram: Tensor
    baseline: Tensor
    pairs: NDArray[np.float64]


def pairs_of(splits: Sequence[PairCounts], device: str | None = None) -> Pairs:
    """Prepare the counts of several splits of one vocabulary.

    Raises:
        DimensionError: There is no split, or their vocabularies differ.
    """
    if not splits or len({split.vocabulary for split in splits}) != 1:
        raise DimensionError(
            "at least one split is needed, and all splits must have one vocabulary"
        )
    n_words, seeds = splits[0].vocabulary, len(splits)
    totals = np.array([[part.sum() for part in split.parts] for split in splits], dtype=float)
    neighbours = np.stack([split.train.sum(axis=0) for split in splits]) + 1.0
    unigram = np.log(neighbours / neighbours.sum(axis=1, keepdims=True))
    baseline = [
        [-(part.sum(axis=0) @ log) / part.sum() for part in split.parts]
        for split, log in zip(splits, unigram, strict=True)
    ]
    size = max(1, min(n_words, _BLOCK_BYTES // (4 * seeds * n_words)))
    sparse = 12 * seeds * n_words**2 > _DENSE_BYTES
    blocks = []
    for start in range(0, n_words, size):
        rows = slice(start, min(start + size, n_words))
        parts = [_part(splits, totals, index, rows, sparse, device) for index in range(3)]
        weights = torch.from_numpy(
            np.stack([s.train[rows].sum(axis=1) / s.train.sum() for s in splits])
        )
        weights = weights.to(device, torch.float32).unsqueeze(-1)
        blocks.append(Block(rows, (parts[0], parts[1], parts[2]), weights))
    return Pairs(
        blocks=tuple(blocks),
        unigram=torch.from_numpy(unigram).to(device, torch.float32).unsqueeze(1),
        baseline=torch.tensor(baseline, dtype=torch.float64),
        pairs=totals,
    )


def _part(
    splits: Sequence[PairCounts],
    totals: NDArray[np.float64],
    index: int,
    rows: slice,
    sparse: bool,
    device: str | None,
) -> Tensor:
    shares = [split.parts[index][rows] / totals[at, index] for at, split in enumerate(splits)]
    if not sparse:
        return torch.from_numpy(np.stack([s.toarray() for s in shares])).to(device, torch.float32)
    coo = [share.tocoo() for share in shares]
    place = np.concatenate(
        [np.stack([np.full(c.nnz, at), *c.coords]) for at, c in enumerate(coo)], axis=1
    )
    values = torch.from_numpy(np.concatenate([c.data for c in coo])).to(torch.float32)
    shape = (len(splits), *shares[0].shape)
    # torch warns unless check_invariants is set; the check costs little compared with the rest.
    tensor = torch.sparse_coo_tensor(torch.from_numpy(place), values, shape, check_invariants=True)
    return tensor.coalesce().to(device)
