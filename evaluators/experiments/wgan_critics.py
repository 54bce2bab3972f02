"""Train small Wasserstein GANs whose critics are held down in different ways.

All arms have the same networks, first weights, data, noise and learning rates. What is measured:
how near samples come to real points that were not trained on, how far the critic's distance is from
the exact one, and how many operations a round takes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.experiments._critics import Form
    from evaluators.experiments._sample_quality import Source

World = Literal["ring", "grid", "digits"]
Constraint = Literal[
    "none", "clip", "spectral", "penalty", "wu", "bhaskara", "linear-form", "c-transform"
]
CONSTRAINTS: tuple[Constraint, ...] = get_args(Constraint)

HIDDEN = 64
LATENT: Mapping[World, int] = {"ring": 2, "grid": 2, "digits": 16}
"""Numbers of noise that a point is made of. Of many a generator first makes normal points, which
little leads away from, so that in 2 dimensions there are 2."""

COMPARED = 512
"""Number of real and of made points in the last comparison."""

LOOKED = 256
"""Number of points in each of the comparisons on the way."""

LOOKS = 50
"""Comparisons during training, at equal distances; errors are means over the last half."""

LIMIT = 0.1
"""Largest weight of `clip`."""

STRENGTH = 1.0
"""λ of `penalty`: published are 10 for images and, in the authors' code, 0.1 for toy worlds."""

BETAS = (0.0, 0.9)
"""Of Adam, as published for `penalty`."""


class WganCriticsRequest(Request):
    """The keys of an `evaluator: wgan_critics` entry in a plan.

    Attributes:
        worlds: Real points: `ring` and `grid` of 8 and 25 modes in 2 dimensions, or `digits` of 64
            pixels; each is a setting.
        critic_steps: Steps of the critic for each one of the generator; each is a setting.
        constraints: What holds the critic down; each is an arm.
        seeds: Seeds; each makes two networks, and those of an arm train together.
        steps: Steps of the generator.
        batch: Real points, and as many made ones, in a step.
        rate: Learning rate of the critic.
        generator_rate: Learning rate of the generator.
    """

    worlds: Distinct[World] = ("ring", "grid", "digits")
    critic_steps: Distinct[Count] = (3,)
    constraints: Distinct[Constraint] = CONSTRAINTS
    seeds: Seeds = tuple(range(1000, 1008))
    steps: Count = 600
    batch: AtLeastTwo = 64
    rate: Positive = 2e-3
    generator_rate: Positive = 1e-3


class WganCritics(Evaluator[WganCriticsRequest]):
    """The arms are what holds a critic down; a seed draws networks, data and noise."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = WganCriticsRequest

    def jobs(
        self, request: WganCriticsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting and arm, all seeds of it at once."""
        return [
            self.job(
                world,
                {
                    "world": world,
                    "constraint": constraint,
                    "critic_steps": critic_steps,
                    "seeds": sorted(request.seeds),
                    "steps": request.steps,
                    "batch": request.batch,
                    "rate": request.rate,
                    "generator_rate": request.generator_rate,
                },
            )
            for world in request.worlds
            for critic_steps in sorted(request.critic_steps)
            for constraint in request.constraints
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `small` for digits, which are real."""
        return "small" if parameters["world"] == "digits" else "made-up"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        world, critic_steps, seeds = (params.pop(k) for k in ("world", "critic_steps", "seeds"))
        stage = f"{world}, {critic_steps} critic steps, {params['constraint']}"
        recipe = Recipe(critic_steps=critic_steps, **params)
        return compare(world, seeds, recipe, stage_progress(session.progress, stage))


class Recipe(NamedTuple):
    """Settings of one training; as in a request."""

    constraint: Constraint
    critic_steps: int
    steps: int
    batch: int
    rate: float
    generator_rate: float


def compare(world: World, seeds: Sequence[int], recipe: Recipe, report: Report) -> Result:
    """Return the scores of one arm in one setting.

    `energy` and `kernel` are distances of made from real points that were not trained on, and
    `modes` the share of modes that are covered. `batch_error` is |critic's − exact distance| over
    the exact one, on batches of the training size, and `sample_error` the same on 512 points after
    training. `megaflops` are those of the matrix products of one round, one network.

    Args:
        world: Real points.
        seeds: One pair of networks each.
        recipe: Settings of the training.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments import _sample_quality as quality

    arm = recipe.constraint
    scores = ArmScores(
        f"{world}, critic steps {recipe.critic_steps}, steps {recipe.steps}, batch {recipe.batch},"
        f" rate {recipe.rate:g}, generator rate {recipe.generator_rate:g}"
    )
    with one_thread():
        began = time.perf_counter()
        gan = Gan(quality.Source(world, seeds, COMPARED), seeds, recipe)
        looks = gan.train(report)
        seconds = time.perf_counter() - began
        made = gan.made(COMPARED)
        real = gan.source.compared
        measured = {
            "energy": quality.energy(real, made),
            "kernel": quality.kernel_distance(real, made),
            "sample_error": relative_error([gan.look(real, made)]),
            "batch_error": relative_error(looks[len(looks) // 2 :]),
        }
        if world != "digits":
            measured["modes"] = quality.covered(made, quality.modes(world))
        for metric, values in measured.items():
            for seed, value in zip(seeds, values.tolist(), strict=True):
                scores.add(metric, value, COMPARED, arm=arm, seed=seed)
        for seed in seeds:
            scores.add("megaflops", gan.megaflops, recipe.batch, arm=arm, seed=seed)
        scores.add_curve(gan.curve, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves), {"seconds": seconds})


class Look(NamedTuple):
    """What a critic says of batches, and their exact distance, both (S,)."""

    estimate: Tensor
    exact: Tensor


def relative_error(looks: Sequence[Look]) -> Tensor:
    """Return the mean |estimate − exact| over the mean exact distance, (S,)."""
    off = torch.stack([(look.estimate - look.exact).abs() for look in looks]).mean(dim=0)
    return off / torch.stack([look.exact for look in looks]).mean(dim=0)


class Gan:
    """S pairs of generator and critic of one arm.

    Args:
        source: Real points.
        seeds: Seeds of weights, data and noise.
        recipe: Settings of the training.
    """

    def __init__(self, source: Source, seeds: Sequence[int], recipe: Recipe) -> None:
        from evaluators.experiments._critics import FORMS, Networks

        self.source, self.recipe = source, recipe
        self.latent = LATENT[source.world]
        self.form: Form = next((form for form in FORMS if form == recipe.constraint), "plain")
        self.draws = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
        # Of their own, so that `penalty` sees the same data and noise as the other arms.
        self.share_draws = [torch.Generator().manual_seed(seed + 4_000_037) for seed in seeds]
        self.generator = Networks((self.latent, HIDDEN, HIDDEN, source.dimension), seeds)
        self.critic = Networks(
            (source.dimension, HIDDEN, HIDDEN, 1),
            [seed + 3_000_017 for seed in seeds],
            spectral=recipe.constraint == "spectral",
        )
        self.curve = TrainingCurve(min(LOOKS, recipe.steps))
        self.megaflops = 0.0

    def made(self, count: int) -> Tensor:
        """Return points that the generators make, (S, count, dimension)."""
        with torch.no_grad():
            return self.generator(self._noise(count))

    def _noise(self, count: int) -> Tensor:
        return torch.stack([torch.randn(count, self.latent, generator=one) for one in self.draws])

    def train(self, report: Report) -> list[Look]:
        """Train, and return what the critic said on the way."""
        from torch.utils.flop_counter import FlopCounterMode

        from evaluators.experiments._sample_quality import energy

        recipe = self.recipe
        looks: list[Look] = []
        optimisers = [
            torch.optim.Adam(networks.parameters, lr=rate, betas=BETAS)
            for networks, rate in (
                (self.critic, recipe.rate),
                (self.generator, recipe.generator_rate),
            )
        ]
        for step in range(recipe.steps):
            if step == 0:
                with FlopCounterMode(display=False) as counter:
                    self._round(*optimisers)
                self.megaflops = counter.get_total_flops() / 1e6 / len(self.draws)
            else:
                self._round(*optimisers)
            looked = (step + 1) * self.curve.steps // recipe.steps
            if looked > len(looks):
                report(step + 1, recipe.steps)
                real = self.source.draw(recipe.batch, self.draws)
                looks.append(self.look(real, self.made(recipe.batch)))
                self.curve.add(energy(self.source.compared[:, :LOOKED], self.made(LOOKED)))
        return looks

    def _round(self, critics: torch.optim.Optimizer, generators: torch.optim.Optimizer) -> None:
        recipe, size = self.recipe, self.recipe.batch
        for _ in range(recipe.critic_steps):
            real, made = self.source.draw(size, self.draws), self.made(size)
            critics.zero_grad()
            self.critic.iterate()
            torch.autograd.backward((self._penalty(real, made) - self.distance(real, made)).sum())
            critics.step()
            if recipe.constraint == "clip":
                self.critic.clip(LIMIT)
        real = self.source.draw(size, self.draws)
        generators.zero_grad()
        torch.autograd.backward(self._generator_loss(real, self.generator(self._noise(size))).sum())
        generators.step()

    def distance(self, real: Tensor, made: Tensor) -> Tensor:
        """Return what the critic takes for the distance of two batches, (S,)."""
        from evaluators.experiments._critics import c_transform, values_of

        if self.recipe.constraint == "c-transform":
            potentials, transformed = c_transform(self.critic, real, made)
            return potentials.mean(dim=1) + transformed.mean(dim=1)
        values = values_of(self.form, self.critic, torch.cat([real, made], dim=1))
        split = real.shape[1]
        return values[:, :split].mean(dim=1) - values[:, split:].mean(dim=1)

    def _penalty(self, real: Tensor, made: Tensor) -> Tensor:
        from evaluators.experiments._critics import gradient_penalty

        if self.recipe.constraint != "penalty":
            return torch.zeros(len(real))
        shares = [torch.rand(real.shape[1], 1, generator=one) for one in self.share_draws]
        return STRENGTH * gradient_penalty(self.critic, real, made, torch.stack(shares))

    def _generator_loss(self, real: Tensor, made: Tensor) -> Tensor:
        from evaluators.experiments._critics import c_transform, values_of

        if self.recipe.constraint == "c-transform":
            return c_transform(self.critic, real, made)[1].mean(dim=1)
        return -values_of(self.form, self.critic, made).mean(dim=1)

    def look(self, real: Tensor, made: Tensor) -> Look:
        """Return the critic's distance of two batches and the exact one."""
        from evaluators.experiments.batch_wasserstein import wasserstein

        exact = [
            wasserstein(one.double().numpy(), other.double().numpy())
            for one, other in zip(real, made, strict=True)
        ]
        return Look(self.distance(real, made).detach(), torch.tensor(exact))
