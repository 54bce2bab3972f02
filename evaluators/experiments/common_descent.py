"""Measure whether the shortest mixture of gradients is a descent direction of every task.

The shortest u = Σ αᵢ gᵢ with α ≥ 0 and Σ α = 1 has ⟨gᵢ, u⟩ ≥ ‖u‖² for every task i, so that it
lowers all losses, or it is 0 and the point is Pareto-stationary. Gradients are drawn, of kinds that
make it easy or hard.

With a shared encoder, gᵢ = J zᵢ, the mixture may be chosen by the gradients zᵢ of the features;
then ‖Σ αᵢ gᵢ‖ ≤ ‖J‖ ‖Σ αᵢ zᵢ‖, but u need not lower all losses.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]
Kind = Literal["random", "conflicting", "unequal", "stationary", "aligned"]
Encoder = Literal["random", "adversarial", "tight"]

PARAMETERS, FEATURES = 50, 10
CONFLICT = 0.1
"""Length of what the conflicting gradients share, relative to that in which they differ."""

ADVERSARIAL = 100.0
"""Squared factor by which an adversarial encoder stretches the worst direction."""


class CommonDescentRequest(Request):
    """The keys of an `evaluator: common_descent` entry in a plan.

    Attributes:
        kinds: Kinds of gradients: `random`; `conflicting`, which share a tenth; `unequal`, with
            lengths over six decades; `stationary`, with 0 among their mixtures; `aligned`.
        tasks: Numbers of tasks; each is a setting.
        steps: Numbers of steps of Frank and Wolfe's algorithm; each is an arm.
        encoders: Jacobians of a shared encoder: `random`; `adversarial`, which is chosen against
            the feature gradients; `tight`, which stretches their mixture most.
        seeds: Seeds; each draws gradients.
    """

    kinds: Distinct[Kind] = ("random", "conflicting", "unequal", "stationary", "aligned")
    tasks: Distinct[AtLeastTwo] = (2, 3, 10)
    steps: Distinct[Count] = (10, 100, 1000)
    encoders: Distinct[Encoder] = ("random", "adversarial", "tight")
    seeds: Seeds = tuple(range(1000, 1100))


class CommonDescent(Evaluator[CommonDescentRequest]):
    """The arms are ways to mix gradients; a seed draws them."""

    VERSION = "1"
    LEVEL = "identity"
    Request = CommonDescentRequest

    def jobs(
        self, request: CommonDescentRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each number of tasks and kind of gradients or encoder."""
        seeds = sorted(request.seeds)
        jobs = []
        for tasks in sorted(request.tasks):
            jobs += [
                self.job(
                    "drawn gradients",
                    {"kind": kind, "tasks": tasks, "seeds": seeds, "steps": sorted(request.steps)},
                )
                for kind in request.kinds
            ]
            jobs += [
                self.job("shared encoder", {"encoder": each, "tasks": tasks, "seeds": seeds})
                for each in request.encoders
            ]
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        if "encoder" in job.parameters:
            return through_encoder(**job.parameters)
        return mix(**job.parameters)


def draw(kind: Kind, tasks: int, seeds: list[int]) -> Floats:
    """Return gradients (S, tasks, 50), those of a seed whatever the others."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        own = rng.normal(size=(tasks, PARAMETERS)) / PARAMETERS**0.5
        shared = rng.normal(size=PARAMETERS) / PARAMETERS**0.5
        if kind == "conflicting":
            own = own - own.mean(axis=0) + CONFLICT * shared
        elif kind == "unequal":
            own = own * 10 ** rng.uniform(-3, 3, size=(tasks, 1))
        elif kind == "stationary":
            own[-1] = -rng.uniform(0.5, 1.5, size=tasks - 1) @ own[:-1]
        elif kind == "aligned":
            own = shared + CONFLICT * own
        found.append(own)
    return np.stack(found)


def mix(kind: Kind, tasks: int, steps: list[int], seeds: list[int]) -> Result:
    """Return what each mixture is to the task it serves worst.

    `descent_ratio` is min ⟨gᵢ, u⟩ / ‖u‖², at least 1 for the shortest; `relative_norm` is
    ‖u‖ / max ‖gᵢ‖, 0 where the point is Pareto-stationary. The ratio is left out where 0 is among
    the mixtures, as it would be 0 by 0.
    """
    from evaluators.contrastive.one_thread import one_thread
    from evaluators.experiments import _common_directions as directions

    scores = ArmScores(f"{kind} gradients, tasks {tasks}, parameters {PARAMETERS}")
    with one_thread():
        gradients = draw(kind, tasks, seeds)
        rngs = [np.random.default_rng(seed + 1_000_003) for seed in seeds]
        arms = {
            "exact": directions.least_norm_shares(gradients),
            "sum": np.full(gradients.shape[:2], 1 / tasks),
            "random mixture": np.stack([rng.dirichlet(np.ones(tasks)) for rng in rngs]),
        }
        for count in steps:
            arms[f"frank-wolfe {count}"] = directions.frank_wolfe_shares(gradients, count)
        if tasks == 2:
            arms["closed form"] = directions.two_task_shares(gradients)
        longest = np.linalg.norm(gradients, axis=2).max(axis=1)
        for arm, shares in arms.items():
            found = directions.mixed(shares, gradients)
            norms = np.linalg.norm(found, axis=1)
            least = np.einsum("sid,sd->si", gradients, found).min(axis=1)
            for seed, norm, top, product in zip(seeds, norms, longest, least, strict=True):
                scores.add("relative_norm", norm / top, tasks, arm=arm, seed=seed)
                if kind != "stationary":
                    scores.add("descent_ratio", product / norm**2, tasks, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def through_encoder(encoder: Encoder, tasks: int, seeds: list[int]) -> Result:
    """Return what the shortest mixture of feature gradients is to the parameters.

    `bound_ratio` is ‖J u‖ / (s ‖u‖), with s the largest singular value of J (the bound), or the
    smallest (which bounds nothing); `descent_cosine` is the least cosine of J u and a gᵢ.
    """
    from evaluators.contrastive.one_thread import one_thread
    from evaluators.experiments import _common_directions as directions

    scores = ArmScores(
        f"{encoder} encoder, tasks {tasks}, features {FEATURES}, parameters {PARAMETERS}"
    )
    with one_thread():
        for seed in seeds:
            rng = np.random.default_rng(seed)
            features = rng.normal(size=(tasks, FEATURES))
            shares = directions.least_norm_shares(features[None])[0]
            mixture = shares @ features
            jacobian = draw_jacobian(encoder, features, mixture, rng)
            singular = np.linalg.svd(jacobian, compute_uv=False)
            norm = float(np.linalg.norm(jacobian @ mixture))
            own = directions.least_norm_shares((features @ jacobian.T)[None])[0]
            arms = {"feature gradients": mixture, "parameter gradients": own @ features}
            for arm, each in arms.items():
                cosine = least_cosine(features @ jacobian.T, jacobian @ each)
                scores.add("descent_cosine", cosine, tasks, arm=arm, seed=seed)
            for arm, value in (("largest", singular[0]), ("smallest", singular[-1])):
                ratio = norm / (value * np.linalg.norm(mixture))
                scores.add("bound_ratio", ratio, tasks, arm=f"{arm} singular value", seed=seed)
    return Result(tuple(scores.scores))


def draw_jacobian(
    encoder: Encoder, features: Floats, mixture: Floats, rng: np.random.Generator
) -> Floats:
    """Return the derivative of features by parameters, transposed: (50, 10), of full rank.

    An adversarial one stretches the direction in which a feature gradient x and the mixture u
    have products of opposite signs, so that ⟨x, JᵀJ u⟩ < 0 although ⟨x, u⟩ > 0. A tight one
    stretches u itself, so that ‖J u‖ reaches its bound.

    Args:
        encoder: Its kind.
        features: Gradients by the features, (n, 10).
        mixture: Their shortest mixture, (10,).
        rng: Draws it.
    """
    jacobian: Floats = rng.normal(size=(PARAMETERS, FEATURES)) / PARAMETERS**0.5
    if encoder == "random":
        return jacobian
    turn: Floats = np.linalg.qr(jacobian)[0]
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    unit = mixture / np.linalg.norm(mixture)
    worst = unit if encoder == "tight" else units[(units @ unit).argmin()] - unit
    worst /= np.linalg.norm(worst)
    stretch = np.eye(FEATURES) + (ADVERSARIAL**0.5 - 1) * np.outer(worst, worst)
    stretched: Floats = turn @ stretch
    return stretched


def least_cosine(gradients: Floats, direction: Floats) -> float:
    """Return the least cosine of a direction (d,) and one of the gradients (n, d)."""
    lengths = np.linalg.norm(gradients, axis=1) * np.linalg.norm(direction)
    return float((gradients @ direction / lengths).min())
