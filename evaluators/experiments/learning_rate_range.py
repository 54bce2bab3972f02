"""Measure the range of learning rates that reach a target, with and without gains of each weight.

The loss is ½ ⟨θ, Hθ⟩, whose curvatures are even on a logarithmic scale from 1 down to 1 / κ, along
the axes or turned at random; gradients have noise. The gains ν multiply the step of each weight and
follow ν ← ν ∘ exp(γ g ∘ g'), or the sign of g ∘ g' alone. All rates of a seed descend at once, with
the same noise for all arms.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import (
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]
Axes = Literal["aligned", "turned"]

WEIGHTS = 20
LOWEST, HIGHEST, A_DECADE = -6, 2, 10
"""Exponents of the learning rates, and how many there are in a decade."""

ARMS = ("sgd", "adam", "gains", "gains by sign")


class LearningRateRangeRequest(Request):
    """The keys of an `evaluator: learning_rate_range` entry in a plan.

    Attributes:
        conditionings: Ratios κ of largest and smallest curvature, at least 1; each is a setting.
        noises: Standard deviations of the noise of each component of a gradient, relative to the
            root mean square of the first gradient's components; each is a setting.
        axes: Whether curvatures are along the axes, `aligned`, or `turned`; each is a setting.
        seeds: Seeds; each draws a problem.
        steps: Number of steps, 10 or more.
        target: Share of the first loss that the mean over the last tenth of the steps must reach.
        meta_rate: γ of the gains.
    """

    conditionings: Distinct[Annotated[float, Field(ge=1, allow_inf_nan=False)]] = (1.0, 10.0, 100.0)
    noises: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (0.0, 0.1, 0.3, 1.0)
    axes: Distinct[Axes] = ("aligned", "turned")
    seeds: Seeds = tuple(range(1000, 1020))
    steps: Annotated[int, Field(ge=10)] = 500
    target: Share = 0.01
    meta_rate: Positive = 0.1


class LearningRateRange(Evaluator[LearningRateRangeRequest]):
    """The arms are rules for a step; a seed draws a problem and its noise."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = LearningRateRangeRequest

    def jobs(
        self, request: LearningRateRangeRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each conditioning, noise and direction of the axes."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        return [
            self.job(
                "quadratic",
                {
                    "conditioning": conditioning,
                    "noise": noise,
                    "axes": axes,
                    "seeds": sorted(request.seeds),
                    **recipe,
                },
            )
            for axes in request.axes
            for conditioning in sorted(request.conditionings)
            for noise in sorted(request.noises)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        return compare(**params, recipe=recipe)


class Recipe(NamedTuple):
    """Settings of the descent; as in a request."""

    steps: int
    target: float
    meta_rate: float


def rates() -> Floats:
    """Return the learning rates, ten a decade."""
    count = (HIGHEST - LOWEST) * A_DECADE + 1
    found: Floats = np.logspace(LOWEST, HIGHEST, count)
    return found


def compare(
    conditioning: float, noise: float, axes: Axes, seeds: list[int], recipe: Recipe
) -> Result:
    """Return for each arm how many decades of learning rates reach the target.

    `decades` counts the rates that do, a tenth of a decade each; `reached` is 1 where one does.

    Args:
        conditioning: κ.
        noise: Relative to the first gradient.
        axes: Along which the curvatures are.
        seeds: One problem each.
        recipe: Settings of the descent.
    """
    from evaluators.contrastive.one_thread import one_thread

    scores = ArmScores(
        f"conditioning {conditioning:g}, noise {noise:g}, axes {axes}, steps {recipe.steps}, target"
        f" {recipe.target:g}, meta rate {recipe.meta_rate:g}"
    )
    with one_thread():
        for seed in seeds:
            problem = Problem.drawn(conditioning, noise, axes, seed)
            for arm in ARMS:
                losses = descend(problem, arm, rates(), recipe, np.random.default_rng([seed, 1]))
                reached = np.isfinite(losses) & (losses <= recipe.target * problem.loss())
                count = int(reached.sum())
                scores.add("decades", count / A_DECADE, len(losses), arm=arm, seed=seed)
                scores.add("reached", count > 0, len(losses), arm=arm, seed=seed)
    return Result(tuple(scores.scores))


class Problem(NamedTuple):
    """A quadratic loss.

    Attributes:
        curvatures: Eigenvalues of its Hessian, (20,).
        turn: Orthogonal, (20, 20): its columns are the eigenvectors.
        start: First weights, (20,).
        noise: Standard deviation of a component of the gradient's noise.
    """

    curvatures: Floats
    turn: Floats
    start: Floats
    noise: float

    @classmethod
    def drawn(cls, conditioning: float, noise: float, axes: Axes, seed: int) -> Problem:
        """Return a problem whose first gradient has components of root mean square 1."""
        rng = np.random.default_rng(seed)
        curvatures = np.logspace(0, -np.log10(conditioning), WEIGHTS)
        along = rng.normal(size=WEIGHTS)
        turn = np.linalg.qr(rng.normal(size=(WEIGHTS, WEIGHTS)))[0]
        turn = turn if axes == "turned" else np.eye(WEIGHTS)
        along /= np.sqrt(np.mean(np.square(curvatures * along)))
        return cls(curvatures, turn, turn @ along, noise)

    def loss(self, weights: Floats | None = None) -> Floats:
        """Return the loss of weights (..., 20), or of the first."""
        at = self.start if weights is None else weights
        losses: Floats = 0.5 * (np.square(at @ self.turn) * self.curvatures).sum(axis=-1)
        return losses

    def gradient(self, weights: Floats) -> Floats:
        """Return the gradient at weights (..., 20), without noise."""
        gradient: Floats = ((weights @ self.turn) * self.curvatures) @ self.turn.T
        return gradient


def descend(
    problem: Problem, arm: str, rates: Floats, recipe: Recipe, rng: np.random.Generator
) -> Floats:
    """Return the mean loss over the last tenth of the steps by learning rate; not finite: diverged.

    Args:
        problem: What is descended.
        arm: One of `ARMS`.
        rates: Learning rates, (R,).
        recipe: Settings.
        rng: Draws the noise.
    """
    rate = rates[:, None]
    weights = np.repeat(problem.start[None], len(rates), axis=0)
    gains, before = np.ones_like(weights), np.zeros_like(weights)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    late, total = recipe.steps // 10, np.zeros(len(rates))
    with np.errstate(all="ignore"):  # a rate that diverges is an answer
        for step in range(1, recipe.steps + 1):
            gradient = problem.gradient(weights) + problem.noise * rng.normal(size=WEIGHTS)
            if arm == "adam":
                mean = 0.9 * mean + 0.1 * gradient
                square = 0.999 * square + 0.001 * np.square(gradient)
                root = np.sqrt(square / (1 - 0.999**step)) + 1e-8
                weights = weights - rate * mean / (1 - 0.9**step) / root
            else:
                if arm != "sgd":
                    product = before * gradient
                    product = np.sign(product) if arm == "gains by sign" else product
                    gains = gains * np.exp(recipe.meta_rate * product)
                    before = gradient
                weights = weights - rate * gains * gradient
            if step > recipe.steps - late:
                total += problem.loss(weights)
    losses: Floats = total / late
    return losses
