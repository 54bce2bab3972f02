"""Count the steps that raise a task's loss, under ways to combine the gradients of the tasks.

Three quadratic losses of 20 weights descend together. Their minima are apart, or they are one and
the same loss (aligned), where all ways must tie. The losses may be on other scales, and gradients
may have noise, against which the theorem of the common descent direction says nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]
Minima = Literal["apart", "aligned"]

TASKS, WEIGHTS, CONDITIONING = 3, 20, 10.0
ROUNDING = 1e-12
"""A loss rises by more than this share of its first value."""


class ConflictingTasksRequest(Request):
    """The keys of an `evaluator: conflicting_tasks` entry in a plan.

    Attributes:
        minima: Whether the minima of the losses are `apart`, or the losses `aligned`; each is a
            setting.
        spreads: Factors between the scales of the first and second, second and third loss, at least
            1; each is a setting.
        noises: Standard deviations of the noise of a gradient's components, relative to the root
            mean square of the first one's; each is a setting.
        seeds: Seeds; each draws losses and noise.
        steps: Number of steps.
        rate: Learning rate, relative to the inverse of the largest curvature, below 2.
    """

    minima: Distinct[Minima] = ("apart", "aligned")
    spreads: Distinct[Annotated[float, Field(ge=1, allow_inf_nan=False)]] = (1.0, 3.0)
    noises: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (0.0, 0.1, 0.5)
    seeds: Seeds = tuple(range(1000, 1020))
    steps: Count = 200
    rate: Annotated[Positive, Field(lt=2)] = 0.3


class ConflictingTasks(Evaluator[ConflictingTasksRequest]):
    """The arms are directions of a step; a seed draws losses and noise."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = ConflictingTasksRequest

    def jobs(
        self, request: ConflictingTasksRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting, all seeds and arms of it at once."""
        recipe = {"seeds": sorted(request.seeds), "steps": request.steps, "rate": request.rate}
        return [
            self.job("quadratics", {"minima": minima, "spread": spread, "noise": noise, **recipe})
            for minima in request.minima
            for spread in sorted(request.spreads)
            for noise in sorted(request.noises)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        return compare(**job.parameters)


def compare(
    minima: Minima, spread: float, noise: float, seeds: list[int], steps: int, rate: float
) -> Result:
    """Return by arm the share of steps after which at least one loss is higher.

    `mean_left` is the mean over tasks of the last loss over the first.
    """
    from evaluators.contrastive.one_thread import one_thread
    from evaluators.experiments._common_directions import DIRECTIONS

    scores = ArmScores(
        f"minima {minima}, spread {spread:g}, noise {noise:g}, tasks {TASKS}, steps {steps}, rate"
        f" {rate:g}"
    )
    with one_thread():
        problem = Quadratics.drawn(minima, spread, seeds)
        size = rate / spread ** (TASKS - 1)
        for arm, direction in DIRECTIONS.items():
            rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
            noises = [np.random.default_rng([seed, 2]) for seed in seeds]
            weights = np.zeros((len(seeds), WEIGHTS))
            first = problem.losses(weights)
            lengths = np.sqrt(np.square(problem.gradients(weights)).mean(axis=2, keepdims=True))
            before, risen = first, np.zeros(len(seeds))
            for _ in range(steps):
                drawn = np.stack([rng.normal(size=(TASKS, WEIGHTS)) for rng in noises])
                gradients = problem.gradients(weights) + noise * lengths * drawn
                weights = weights - size * direction(gradients, rngs)
                after = problem.losses(weights)
                risen += (after > before + ROUNDING * first).any(axis=1)
                before = after
            left = (before / first).mean(axis=1)
            for seed, share, rest in zip(seeds, risen / steps, left, strict=True):
                scores.add("risen_share", share, steps, arm=arm, seed=seed)
                scores.add("mean_left", rest, TASKS, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


class Quadratics(NamedTuple):
    """The losses ½ ⟨θ − cᵢ, Hᵢ (θ − cᵢ)⟩ of S seeds.

    Attributes:
        hessians: Hᵢ, (S, 3, 20, 20), of curvatures from 1 down to 1 / 10, times the scale.
        centres: cᵢ, (S, 3, 20).
    """

    hessians: Floats
    centres: Floats

    @classmethod
    def drawn(cls, minima: Minima, spread: float, seeds: list[int]) -> Quadratics:
        """Return one problem for each seed, which does not depend on the others."""
        hessians, centres = [], []
        curvatures = np.logspace(0, -np.log10(CONDITIONING), WEIGHTS)
        for seed in seeds:
            rng = np.random.default_rng(seed)
            turns = np.linalg.qr(rng.normal(size=(TASKS, WEIGHTS, WEIGHTS)))[0]
            minimum = rng.normal(size=(TASKS, WEIGHTS))
            if minima == "aligned":
                turns, minimum = turns[[0] * TASKS], minimum[[0] * TASKS]
            scales = spread ** np.arange(TASKS)
            hessians.append(scales[:, None, None] * (turns * curvatures) @ turns.transpose(0, 2, 1))
            centres.append(minimum)
        return cls(np.stack(hessians), np.stack(centres))

    def gradients(self, weights: Floats) -> Floats:
        """Return the gradients (S, 3, 20) at weights (S, 20)."""
        gradients: Floats = np.einsum(
            "siwv,siv->siw", self.hessians, weights[:, None] - self.centres
        )
        return gradients

    def losses(self, weights: Floats) -> Floats:
        """Return the losses (S, 3) at weights (S, 20)."""
        apart = weights[:, None] - self.centres
        losses: Floats = 0.5 * np.einsum("siw,siw->si", apart, self.gradients(weights))
        return losses
