"""Training word vectors of one dimension n for all seeds at once, on counts.

Full-batch Adam along a path of weight decays from strong to none, each step starting where the
last ended. The decay and the moment are the ones of the least validation loss; the test loss is
read there. With the penalty λ/2 (|U|² + |V|²) (a nuclear norm on U Vᵀ) the best point hardly
depends on the step size, as it does where early stopping alone keeps a large n from overfitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.words.adam import Adam
from evaluators.dimension.words.objective import Objective
from evaluators.dimension.words.pairs import Pairs
from evaluators.dimension.words.training import Fits, Record, Training
from evaluators.errors import DimensionError

if TYPE_CHECKING:
    from torch import Tensor


def fit(
    pairs: Pairs,
    n: int,
    seeds: Sequence[int],
    *,
    objective: Objective | None = None,
    training: Training | None = None,
) -> Fits:
    """Train vectors of n dimensions, one model a seed, all in the same matrix products.

    A model's numbers do not depend on which others are trained beside it (rounding aside).

    Args:
        pairs: Counts, one split a seed.
        n: Dimensions, at most N: more add nothing to U Vᵀ.
        seeds: Of the first vectors, one a split.
        objective: Full softmax by default.
        training: Path and stopping rule.

    Raises:
        DimensionError: n is below 1 or above N, or there is not one seed a split.
        ScoreError: A loss is NaN or infinite.
    """
    import torch

    objective, training = objective or Objective(), training or Training()
    n_words = pairs.unigram.shape[-1]
    if not 1 <= n <= n_words:
        raise DimensionError(f"n is {n}: between 1 and the vocabulary's {n_words}")
    if len(seeds) != len(pairs.unigram):
        raise DimensionError(f"{len(seeds)} seeds for {len(pairs.unigram)} splits: one each")
    device = pairs.unigram.device
    log_noise = objective.log_noise(pairs.unigram)
    u, v = (
        torch.from_numpy(np.stack([_first(seed, n, n_words, side) for seed in seeds])).to(device)
        for side in range(2)
    )
    b = objective.first_bias(pairs.unigram, log_noise)
    adam, record = Adam([u, v, b], training.rate), Record(pairs.baseline, training)
    record.look(losses(pairs, u, v, b, objective, log_noise), training.decays[0])
    step = 0
    for stage, decay in enumerate(training.decays):
        last = stage == len(training.decays) - 1
        for at in range(training.last_steps if last else training.steps):
            if at and at % training.check == 0:
                record.look(losses(pairs, u, v, b, objective, log_noise), decay)
                if last and record.converged():
                    break
            adam.step(_gradient(pairs, u, v, b, objective, log_noise, decay / n_words))
            step += 1
        record.look(losses(pairs, u, v, b, objective, log_noise), decay)
        record.end_of_stage()
        if record.all_stopped():
            break
    return record.fits(step)


def losses(
    pairs: Pairs, u: Tensor, v: Tensor, b: Tensor, objective: Objective, log_noise: Tensor
) -> Tensor:
    """Return the cross-entropy of p(j|i) on the three parts, nats, shape (seeds, 3), float64."""
    import torch

    total = torch.zeros(len(u), 3, dtype=torch.float64)
    for block in pairs.blocks:
        scores = torch.baddbmm(b, u[:, block.rows], v.transpose(1, 2))
        log_p = objective.log_probabilities(scores, log_noise)
        for part in range(3):
            rows = (block.dense(part) * log_p).sum(dim=-1)
            total[:, part] -= rows.sum(dim=-1, dtype=torch.float64).cpu()
    return total


def _gradient(
    pairs: Pairs,
    u: Tensor,
    v: Tensor,
    b: Tensor,
    objective: Objective,
    log_noise: Tensor,
    decay: float,
) -> list[Tensor]:
    import torch

    of_u, of_v, of_b = u * decay, v * decay, torch.zeros_like(b)
    for block in pairs.blocks:
        scores = torch.baddbmm(b, u[:, block.rows], v.transpose(1, 2))
        residual = objective.residual(scores, block.dense(0), block.weights, log_noise)
        of_u[:, block.rows] += residual @ v
        of_v += residual.transpose(1, 2) @ u[:, block.rows]
        of_b += residual.sum(dim=1, keepdim=True)
    return [of_u, of_v, of_b]


def _first(seed: int, n: int, n_words: int, side: int) -> NDArray[np.float32]:
    random = np.random.default_rng((seed, n, side))
    vectors = random.standard_normal((n_words, n)) * (0.5 * n**-0.5)
    return np.asarray(vectors, dtype=np.float32)
