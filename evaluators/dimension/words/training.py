"""How long word vectors train, what is kept of it, and when a seed stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluators.dimension.checks import at_least
from evaluators.errors import DimensionError, ScoreError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Training:
    """How long and how strongly.

    Attributes:
        decays: λ · N, strong to weak. N words share the pairs, so the λ that suits scales as 1/N.
        steps: Steps of Adam at each decay.
        last_steps: Most steps at the last decay, which ends earlier once it has converged.
        check: Steps between two looks at the three losses.
        patience: A seed stops after this many decays in a row that end at a higher validation
            loss than the decay before.
        tolerance: What counts as no change, as a share of the gain over the unigram model.
            Converged is where the training loss moves by less than this between two looks.
        rate: Step size.
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
            raise DimensionError("decays must be 0 or more, one at least, and the rate positive")


@dataclass(frozen=True, eq=False)
class Fits:
    """What the seeds reached at one n; every tuple has one entry a seed.

    Attributes:
        train: Training loss at the moment chosen on the validation part, nats a pair.
        validation: Validation loss there, the least of all.
        test: Test loss there.
        decay: λ · N there.
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


class Record:
    """The best moment of each seed so far; a seed that has stopped changes no more."""

    def __init__(self, baseline: Tensor, training: Training) -> None:
        """Start from the unigram model's three losses of every seed, shape (seeds, 3)."""
        self._training, self._baseline = training, baseline.numpy()
        seeds = len(baseline)
        self._best = np.full((seeds, 3), np.inf)
        self._decay = np.zeros(seeds)
        self._last = np.full((seeds, 3), np.inf)
        self._fall = np.full(seeds, np.inf)
        self._stage = np.full(seeds, np.inf)
        self._worse = np.zeros(seeds, dtype=int)
        self._ended = ["steps"] * seeds

    def look(self, losses: Tensor, decay: float) -> None:
        """Take the three losses of every seed, shape (seeds, 3).

        Raises:
            ScoreError: One is NaN or infinite.
        """
        found = losses.numpy()
        if not np.isfinite(found).all():
            raise ScoreError("a loss became NaN or infinite: train with a smaller rate")
        for seed in self._running():
            self._fall[seed] = self._last[seed, 0] - found[seed, 0]
            self._last[seed] = found[seed]
            if found[seed, 1] < self._best[seed, 1]:
                self._best[seed], self._decay[seed] = found[seed], decay

    def converged(self) -> bool:
        """Stop the seeds whose training loss no longer falls; say whether all have stopped."""
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
        """Say whether no seed is running."""
        return not self._running()

    def _no_change(self, seed: int) -> float:
        gain = self._baseline[seed, 0] - self._last[seed, 0]
        return float(self._training.tolerance * max(gain, 0.0))

    def _running(self) -> list[int]:
        return [seed for seed, ended in enumerate(self._ended) if ended == "steps"]

    def fits(self, steps: int) -> Fits:
        """Return what was kept."""
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
