"""Measure whether exponentiated gradient descent keeps weights positive, and its use for gains.

θ ← θ ∘ exp(−η g) cannot change a sign. Least squares whose best weights are partly below 0 pulls
them towards 0 for ever, until floating point has no smaller number. Half of the smallest one is
rounded to 0, more than half of it up again, so that only strong pulls arrive.

Applied to gains ν in θ ← θ − η ν ∘ g, the derivative of the next loss by ν is −η g ∘ g', so that
ν ← ν ∘ exp(γ g ∘ g').
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.errors import ScoreError
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

Floats = NDArray[Any]
Dtype = Literal["float32", "float64"]

ROWS, WEIGHTS = 40, 20
NOISE = 0.3
"""Standard deviation of the noise of targets."""

GAIN_STEPS, GAIN_RATE, META_RATE = 50, 0.5, 0.5


class ExponentiatedGradientRequest(Request):
    """The keys of an `evaluator: exponentiated_gradient` entry in a plan.

    Attributes:
        dtypes: Precisions; each is a setting.
        pulls: How far below 0 the best of half the weights are; each is a setting.
        steps: Numbers of steps; each is a setting.
        rate: Learning rate η; the largest curvature of the loss is about 3.
        seeds: Seeds; each draws a problem.
    """

    dtypes: Distinct[Dtype] = ("float32", "float64")
    pulls: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (0.0, 10.0)
    steps: Distinct[Count] = (50, 5000)
    rate: Positive = 0.1
    seeds: Seeds = tuple(range(1000, 1020))


class ExponentiatedGradient(Evaluator[ExponentiatedGradientRequest]):
    """The arms are rules for a step; a seed draws a problem."""

    VERSION = "1"
    LEVEL = "identity"
    Request = ExponentiatedGradientRequest

    def jobs(
        self, request: ExponentiatedGradientRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each precision, pull and number of steps, and one for the gains."""
        seeds = sorted(request.seeds)
        descents = [
            self.job(
                "least squares",
                {
                    "dtype": dtype,
                    "pull": pull,
                    "steps": steps,
                    "rate": request.rate,
                    "seeds": seeds,
                },
            )
            for dtype in request.dtypes
            for pull in sorted(request.pulls)
            for steps in sorted(request.steps)
        ]
        return [*descents, self.job("logistic regression", {"seeds": seeds})]

    def evaluate(self, job: Job, session: Session) -> Result:
        if job.task == "logistic regression":
            return gains(**job.parameters)
        return descend(**job.parameters)


def descend(dtype: Dtype, pull: float, steps: int, rate: float, seeds: list[int]) -> Result:
    """Return the share of weights that stopped being positive under each rule.

    `fall` of the arm `logarithms in float64`, θ = exp(φ) with φ ← φ − η g, is how far the smallest
    logarithm is below 0, over that of the smallest normal number of the precision: above 1 the
    precision has no room for the weight.

    Raises:
        ScoreError: The rate is too large for the problem.
    """
    from evaluators.contrastive.one_thread import one_thread

    scores = ArmScores(
        f"dtype {dtype}, pull {pull:g}, steps {steps}, rate {rate:g}, weights {WEIGHTS}"
    )
    room = -float(np.log(np.finfo(dtype).tiny))
    with one_thread():
        exact = draw(seeds, pull)
        matrix, target = (part.astype(dtype) for part in exact)
        step = matrix.dtype.type(rate)
        for arm in ("exponentiated gradient", "gradient descent"):
            weights = np.ones((len(seeds), WEIGHTS), dtype=dtype)
            positive = np.ones(weights.shape, dtype=bool)
            for _ in range(steps):
                gradient = _least_squares(matrix, target, weights)
                if arm == "gradient descent":
                    weights = weights - step * gradient
                else:
                    weights = weights * np.exp(-step * gradient)
                positive &= weights > 0
            if not np.isfinite(weights).all():
                raise ScoreError(f"{arm} diverged: lower the rate of {rate:g}")
            for seed, share in zip(seeds, (~positive).mean(axis=1), strict=True):
                scores.add("not_positive_share", share, WEIGHTS, arm=arm, seed=seed)
        logarithms = np.zeros((len(seeds), WEIGHTS))
        for _ in range(steps):
            logarithms -= rate * _least_squares(*exact, np.exp(logarithms))
        for seed, lowest in zip(seeds, logarithms.min(axis=1), strict=True):
            scores.add("fall", -lowest / room, WEIGHTS, arm="logarithms in float64", seed=seed)
    return Result(tuple(scores.scores))


def _least_squares(matrix: Floats, target: Floats, weights: Floats) -> Floats:
    """Return the gradients (S, 20) of ½ ‖Xθ − y‖²."""
    missed = np.einsum("srw,sw->sr", matrix, weights) - target
    gradient: Floats = np.einsum("srw,sr->sw", matrix, missed)
    return gradient


def draw(seeds: list[int], pull: float) -> tuple[Floats, Floats]:
    """Return matrices (S, 40, 20) and targets (S, 40) of least squares.

    The targets are made with half of the weights between 0.5 and 1.5, and the others at −pull.
    """
    matrices, targets = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        matrix = rng.normal(size=(ROWS, WEIGHTS)) / ROWS**0.5
        high = np.arange(WEIGHTS) < WEIGHTS // 2
        weights = np.where(high, rng.uniform(0.5, 1.5, WEIGHTS), -pull)
        matrices.append(matrix)
        targets.append(matrix @ weights + NOISE * rng.normal(size=ROWS))
    return np.stack(matrices), np.stack(targets)


def gains(seeds: list[int]) -> Result:
    """Return how far derivatives and closed form of the gains are off, relative to themselves.

    `derivative_error` compares −η g ∘ g' (arm `minus`), and its opposite (arm `plus`), with the
    derivative of the next loss by ν, by complex steps, which are exact to rounding. `gain_error`
    compares exp(γ Σ g ∘ g') (arm `exp of the sum`) and 1 + γ Σ g ∘ g' (arm `first order`) with
    the product of all steps.
    """
    from evaluators.contrastive.one_thread import one_thread

    scores = ArmScores(f"gains of logistic regression, steps {GAIN_STEPS}, weights {WEIGHTS}")
    with one_thread():
        for seed in seeds:
            rng = np.random.default_rng(seed)
            inputs = rng.normal(size=(ROWS, WEIGHTS))
            labels = np.where(inputs @ rng.normal(size=WEIGHTS) > rng.normal(size=ROWS), 1.0, -1.0)
            signed = inputs * labels[:, None]
            weights, gain = rng.normal(size=WEIGHTS), np.ones(WEIGHTS)
            before, total = _gradient(signed, weights), np.zeros(WEIGHTS)
            worst = dict.fromkeys(("minus", "plus"), 0.0)
            for _ in range(GAIN_STEPS):
                exact = _by_gains(signed, weights, gain, before)
                weights = weights - GAIN_RATE * gain * before
                after = _gradient(signed, weights)
                for arm, sign in (("minus", -1), ("plus", 1)):
                    off = _relative(sign * GAIN_RATE * before * after, exact)
                    worst[arm] = max(worst[arm], off)
                total += before * after
                gain = gain * np.exp(META_RATE * before * after)
                before = after
            for arm, error in worst.items():
                scores.add("derivative_error", error, GAIN_STEPS, arm=arm, seed=seed)
            for arm, closed in (
                ("exp of the sum", np.exp(META_RATE * total)),
                ("first order", 1 + META_RATE * total),
            ):
                scores.add("gain_error", _relative(closed, gain), WEIGHTS, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def _gradient(signed: Floats, weights: Floats) -> Floats:
    """Return the gradient of mean log(1 + exp(−z)), z = label · ⟨x, θ⟩."""
    gradient: Floats = -signed.T @ (1 / (1 + np.exp(signed @ weights))) / ROWS
    return gradient


def _by_gains(signed: Floats, weights: Floats, gain: Floats, gradient: Floats) -> Floats:
    """Return the derivative of the loss after θ − η ν ∘ g by ν, by complex steps of 1e-30."""
    found = []
    for place in range(WEIGHTS):
        changed = gain.astype(complex)
        changed[place] += 1e-30j
        logits = signed @ (weights - GAIN_RATE * changed * gradient)
        found.append(np.log1p(np.exp(-logits)).mean().imag / 1e-30)
    return np.array(found)


def _relative(found: Floats, exact: Floats) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))
