"""Train word vectors of one dimension n for all seeds at once, on counts.

Full-batch Adam along a path of weight decays from strong to none, each step starting where the
last ended. The decay and the step with the least validation loss are chosen; the test loss is
measured there. With the penalty λ/2 (|U|² + |V|²) (a nuclear norm on U Vᵀ) the best point hardly
depends on the step size, as it does where early stopping alone keeps a large n from overfitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension.numeric_checks import at_least
from evaluators.dimension_words.objective import Objective, Pairs
from evaluators.errors import DimensionError, ScoreError


@dataclass(frozen=True)
class Training:
    """Settings of the training and regularisation of word vectors.

    Attributes:
        decays: λ · N, strong to weak. N words share the pairs, so a suitable λ scales as 1/N.
        steps: Steps of Adam at each decay.
        last_steps: Maximum number of steps at the last decay, which ends when it has converged.
        check: Steps between two measurements of the three losses.
        patience: A seed stops after this many decays in a row that end at a higher validation
            loss than the decay before.
        tolerance: Smallest change that counts, as a share of the gain over the unigram model; a
            seed has converged when its training loss changes by less between two measurements.
        rate: Learning rate.
    """

    decays: tuple[float, ...] = (0.1, 0.05, 0.03, 0.02, 0.012, 0.006, 0.003, 0.001, 0.0003, 0.0)
    steps: int = 30
    last_steps: int = 150
    check: int = 15
    patience: int = 2
    tolerance: float = 5e-4
    rate: float = 0.05

    def __post_init__(self) -> None:
        for name in ("steps", "last_steps", "check", "patience"):
            at_least(name, getattr(self, name), 1)
        if not self.decays or min(self.decays) < 0 or not 0 < self.rate < np.inf:
            raise DimensionError(
                "decays must be at least one number, each 0 or more, and rate above 0"
            )


@dataclass(frozen=True, eq=False)
class Fits:
    """Results of all seeds at one n; every tuple has one entry for each seed.

    Attributes:
        train: Training loss at the step chosen on the validation part, nats per pair.
        validation: Validation loss at that step, the least of all.
        test: Test loss at that step.
        decay: λ · N at that step.
        overfit: By how much the validation loss had risen again when training ended, nats.
        ended: `overfit` (the patience ran out), `converged`, or `steps` (no more steps).
        steps: Steps taken by the group.
    """

    train: tuple[float, ...]
    validation: tuple[float, ...]
    test: tuple[float, ...]
    decay: tuple[float, ...]
    overfit: tuple[float, ...]
    ended: tuple[str, ...]
    steps: int


def fit(
    pairs: Pairs,
    n: int,
    seeds: Sequence[int],
    *,
    objective: Objective | None = None,
    training: Training | None = None,
) -> Fits:
    """Train vectors of n dimensions, one model for each seed, in shared matrix products.

    A model's numbers do not depend on the other models, except for rounding.

    Args:
        pairs: Counts, one split for each seed.
        n: Dimensions, at most N: more add nothing to U Vᵀ.
        seeds: Seeds of the first vectors, one for each split.
        objective: Full softmax by default.
        training: Path and stopping rule.

    Raises:
        DimensionError: n is below 1 or above N, or the numbers of seeds and splits differ.
        ScoreError: A loss is NaN or infinite.
    """
    objective, training = objective or Objective(), training or Training()
    n_words = pairs.unigram.shape[-1]
    if not 1 <= n <= n_words:
        raise DimensionError(f"n must be between 1 and the vocabulary's {n_words}, got {n}")
    if len(seeds) != len(pairs.unigram):
        raise DimensionError(
            f"there must be one seed for each of the {len(pairs.unigram)} splits, got {len(seeds)}"
        )
    device = pairs.unigram.device
    log_noise = objective.log_noise(pairs.unigram)
    u, v = (
        torch.from_numpy(np.stack([_first(seed, n, n_words, side) for seed in seeds])).to(device)
        for side in range(2)
    )
    b = objective.first_bias(pairs.unigram, log_noise)
    adam, record = Adam([u, v, b], training.rate), Record(pairs.baseline, training)
    record.update(losses(pairs, u, v, b, objective, log_noise), training.decays[0])
    step = 0
    for stage, decay in enumerate(training.decays):
        last = stage == len(training.decays) - 1
        for at in range(training.last_steps if last else training.steps):
            if at and at % training.check == 0:
                record.update(losses(pairs, u, v, b, objective, log_noise), decay)
                if last and record.converged():
                    break
            adam.step(_gradient(pairs, u, v, b, objective, log_noise, decay / n_words))
            step += 1
        record.update(losses(pairs, u, v, b, objective, log_noise), decay)
        record.end_of_stage()
        if record.all_stopped():
            break
    return record.fits(step)


def losses(
    pairs: Pairs, u: Tensor, v: Tensor, b: Tensor, objective: Objective, log_noise: Tensor
) -> Tensor:
    """Return the cross-entropy of p(j|i) on the three parts, in nats, shape (seeds, 3)."""
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


class Record:
    """The best step of each seed so far; a seed that has stopped does not change."""

    def __init__(self, baseline: Tensor, training: Training) -> None:
        """Start from the unigram model's losses of every seed, shape (seeds, 3)."""
        self._training, self._baseline = training, baseline.numpy()
        seeds = len(baseline)
        self._best = np.full((seeds, 3), np.inf)
        self._decay = np.zeros(seeds)
        self._last = np.full((seeds, 3), np.inf)
        self._fall = np.full(seeds, np.inf)
        self._stage = np.full(seeds, np.inf)
        self._worse = np.zeros(seeds, dtype=int)
        self._ended = ["steps"] * seeds

    def update(self, losses: Tensor, decay: float) -> None:
        """Record the three losses of every seed, shape (seeds, 3).

        Raises:
            ScoreError: One is NaN or infinite.
        """
        values = losses.numpy()
        if not np.isfinite(values).all():
            raise ScoreError("a loss became NaN or infinite: train with a smaller rate")
        for seed in self._running():
            self._fall[seed] = self._last[seed, 0] - values[seed, 0]
            self._last[seed] = values[seed]
            if values[seed, 1] < self._best[seed, 1]:
                self._best[seed], self._decay[seed] = values[seed], decay

    def converged(self) -> bool:
        """Stop the seeds whose training loss no longer falls; return whether all have stopped."""
        for seed in self._running():
            if abs(self._fall[seed]) < self._no_change(seed):
                self._ended[seed] = "converged"
        return self.all_stopped()

    def end_of_stage(self) -> None:
        """Stop the seeds whose validation loss rose over `patience` stages in a row."""
        for seed in self._running():
            worse = self._last[seed, 1] > self._stage[seed] + self._no_change(seed)
            self._stage[seed] = self._last[seed, 1]
            self._worse[seed] = self._worse[seed] + 1 if worse else 0
            if self._worse[seed] >= self._training.patience:
                self._ended[seed] = "overfit"

    def all_stopped(self) -> bool:
        """Return whether no seed is running."""
        return not self._running()

    def _no_change(self, seed: int) -> float:
        gain = self._baseline[seed, 0] - self._last[seed, 0]
        return float(self._training.tolerance * max(gain, 0.0))

    def _running(self) -> list[int]:
        return [seed for seed, ended in enumerate(self._ended) if ended == "steps"]

    def fits(self, steps: int) -> Fits:
        """Return the results of all seeds."""
        train, validation, test = (tuple(map(float, column)) for column in self._best.T)
        risen = self._last[:, 1] - self._best[:, 1]
        return Fits(
            train=train,
            validation=validation,
            test=test,
            decay=tuple(map(float, self._decay)),
            overfit=tuple(map(float, risen)),
            ended=tuple(self._ended),
            steps=steps,
        )


class Adam:
    """Adam (arXiv 1412.6980) with the second moment over about 100 steps.

    Full-batch gradients have no noise to average away, so a short memory follows the curvature.
    """

    def __init__(self, parameters: Sequence[Tensor], rate: float) -> None:
        self._parameters = list(parameters)
        self._rate = rate
        self._first = [torch.zeros_like(p) for p in self._parameters]
        self._second = [torch.zeros_like(p) for p in self._parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Update the parameters, in place."""
        self._steps += 1
        of_first, of_second = 1 - 0.9**self._steps, 1 - 0.99**self._steps
        for parameter, gradient, first, second in zip(
            self._parameters, gradients, self._first, self._second, strict=True
        ):
            first.mul_(0.9).add_(gradient, alpha=0.1)
            second.mul_(0.99).addcmul_(gradient, gradient, value=0.01)
            scale = (second / of_second).sqrt_().add_(1e-12)
            parameter.addcdiv_(first / of_first, scale, value=-self._rate)
