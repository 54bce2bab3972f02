"""What word vectors are trained on, as functions of the scores s_ij = u_i·v_j + b_j.

Both objectives are exact in the counts: nothing is sampled. With C the counts as shares of all
pairs, r_i their row sums and q the noise distribution:

- full softmax: −Σ C_ij log p(j|i), p(j|i) ∝ exp s_ij; its gradient in s is r_i p(j|i) − C_ij.
- negative sampling: −Σ C_ij log σ(s_ij) − k Σ r_i q_j log σ(−s_ij), the expectation of word2vec's
  loss with k noise words; its gradient is σ(s_ij) (C_ij + k r_i q_j) − C_ij. Its optimum is
  s_ij = log C_ij/(r_i q_j) − log k, so that q_j exp s_ij is the conditional distribution up to a
  factor: it is measured on held-out text through p(j|i) ∝ q_j exp s_ij.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from evaluators.dimension.checks import at_least
from evaluators.names import require_known

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["softmax", "negative"]
_NOISE_POWER = 0.75


@dataclass(frozen=True)
class Objective:
    """Which loss.

    Attributes:
        kind: `softmax` or `negative`.
        negatives: Noise words a pair, k; read by `negative` alone.
    """

    kind: Kind = "softmax"
    negatives: int = 5

    def __post_init__(self) -> None:
        require_known("objective", [self.kind], get_args(Kind))
        at_least("negatives", self.negatives, 1)

    def log_noise(self, unigram: Tensor) -> Tensor:
        """Return log q_j from log unigram shares, shape (seeds, 1, N); 0 for the softmax."""
        if self.kind == "softmax":
            return unigram.new_zeros(())
        scaled = _NOISE_POWER * unigram
        return scaled - scaled.logsumexp(dim=-1, keepdim=True)

    def first_bias(self, unigram: Tensor, log_noise: Tensor) -> Tensor:
        """Return the b_j at which zero vectors are the unigram model."""
        if self.kind == "softmax":
            return unigram.clone()
        import math

        return unigram - log_noise - math.log(self.negatives)

    def log_probabilities(self, scores: Tensor, log_noise: Tensor) -> Tensor:
        """Return log p(j|i), of the scores' shape."""
        return (scores + log_noise if log_noise.ndim else scores).log_softmax(dim=-1)

    def residual(self, scores: Tensor, counts: Tensor, rows: Tensor, log_noise: Tensor) -> Tensor:
        """Return the gradient of the loss in the scores; overwrites `scores`.

        Args:
            scores: Shape (seeds, rows, N).
            counts: C, same shape.
            rows: Their row sums, shape (seeds, rows, 1).
            log_noise: Of `log_noise`.
        """
        if self.kind == "softmax":
            return scores.softmax(dim=-1).mul_(rows).sub_(counts)
        noise = rows * (self.negatives * log_noise.exp())
        return scores.sigmoid_().mul_(noise.add_(counts)).sub_(counts)
