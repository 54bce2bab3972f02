"""Diffuse points in T steps and back, as DDPM does, and measure its loss, marginals and samples.

The first two parts are theorems: the loss whose two noises are merged has the same mean, but for a
constant, and a lower variance; one step from x_0 to x_t has the distribution of the chain. In the
third part small networks learn to undo the diffusion, all with equally many updates, for several T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

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
from evaluators.result import ArmScores, Result, Score

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.experiments._diffusion import Schedule

Floats = NDArray[np.float64]
Data = Literal["2-D mixture", "digits"]

GAUSSIANS, NEAR = 8, 0.1
"""Gaussians of the mixture, in a ring whose coordinates have variance 1, and their deviation."""

HIDDEN: Mapping[Data, int] = {"2-D mixture": 64, "digits": 128}
SAMPLED: Mapping[Data, int] = {"2-D mixture": 2000, "digits": 500}
"""Points that networks make, and as many of the data to compare them with."""

HELD_OUT = 500
"""Digits that no network is trained on."""


class DdpmRequest(Request):
    """The keys of an `evaluator: ddpm` entry in a plan.

    Attributes:
        identity_steps: Numbers of steps T for which the losses and the marginals are measured;
            each is a setting.
        draws: Draws behind a loss or a marginal.
        steps: Numbers of steps T for which networks are trained; each is a setting.
        data: What they are trained on: `2-D mixture`, `digits`.
        updates: Updates of every network, whatever T is.
        batch: Points of an update.
        rate: Learning rate of Adam, which falls to 0 in a straight line.
        seeds: Seeds of data, networks and noise.
    """

    identity_steps: Distinct[Annotated[int, Field(ge=10)]] = (10, 100, 1000)
    draws: AtLeastTwo = 20_000
    steps: Distinct[AtLeastTwo] = (10, 30, 100, 300, 1000)
    data: tuple[Data, ...] = ("2-D mixture", "digits")
    updates: Count = 1500
    batch: Count = 64
    rate: Positive = 3e-3
    seeds: Seeds = tuple(range(1000, 1005))


class Ddpm(Evaluator[DdpmRequest]):
    """The arms are losses, ways to x_t, or ways of training; a seed draws everything."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("draws", "updates")
    Request = DdpmRequest

    def jobs(self, request: DdpmRequest, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return two jobs for each T of the theorems, and one for each data and T of training."""
        seeds = sorted(request.seeds)
        recipe = {key: getattr(request, key) for key in ("updates", "batch", "rate")}
        return [
            self.job(f"{part}, T {steps}", {"steps": steps, "draws": request.draws, "seeds": seeds})
            for part in ("loss", "marginals")
            for steps in sorted(request.identity_steps)
        ] + [
            self.job(data, {"data": data, "steps": steps, "seeds": seeds, **recipe})
            for data in request.data
            for steps in sorted(request.steps)
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        if "draws" in parameters:
            return "identity"
        return "small" if parameters["data"] == "digits" else "made-up"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        if job.task.startswith("loss"):
            return losses(**params)
        if job.task.startswith("marginals"):
            return marginals(**params)
        with one_thread():
            return quality(**params)


def mixture(count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, 2) of a ring of Gaussians."""
    angle = 2 * np.pi * rng.integers(GAUSSIANS, size=count) / GAUSSIANS
    ring = np.sqrt(2 - 2 * NEAR**2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(ring + NEAR * rng.normal(size=(count, 2)))


def losses(steps: int, draws: int, seeds: Sequence[int]) -> Result:
    """Return mean and variance of ways to estimate the loss of one and the same ε_θ.

    `unmerged` is ‖ε_t − ε_θ‖², `merged` is ‖(β_t/β̄_t) ε − ε_θ‖² with the constant by which its
    mean is smaller, and `not rescaled`, a control, ‖ε − ε_θ‖² with the same constant. ε_θ is a
    random network with one hidden layer, and all see the same x_t.
    """
    from evaluators.experiments._diffusion import Schedule

    found: list[Score] = []
    schedule = Schedule.rescaled(steps)
    for time in sorted({2, steps // 10, steps // 2, steps} - {1}):
        a, b, kept, after = (float(part[time]) for part in schedule)
        before = float(schedule.beta_bar[time - 1])
        scores = ArmScores(f"2-D mixture, T {steps}, t {time}")
        for seed in seeds:
            rng = np.random.default_rng([seed, time])
            clean, (earlier, step) = mixture(draws, rng), rng.normal(size=(2, draws, 2))
            noise = (a * before * earlier + b * step) / after
            into, out = rng.normal(size=(2, 16)), rng.normal(size=(16, 2)) / 4
            told = np.tanh((kept * clean + after * noise) @ into) @ out
            constant = 2 * (a * before / after) ** 2
            arms = {
                "unmerged": np.square(step - told).sum(axis=1),
                "merged": np.square(b / after * noise - told).sum(axis=1) + constant,
                "not rescaled": np.square(noise - told).sum(axis=1) + constant,
            }
            for arm, values in arms.items():
                scores.add("loss", float(values.mean()), draws, arm=arm, seed=seed)
                scores.add("variance", float(values.var(ddof=1)), draws, arm=arm, seed=seed)
        found += scores.scores
    return Result(tuple(found))


def marginals(steps: int, draws: int, seeds: Sequence[int]) -> Result:
    """Return the Kolmogorov-Smirnov distance of ways to x_t from the chain, first coordinate.

    `one step` is ᾱ_t x_0 + β̄_t ε. `variances added`, a control, takes for β̄_t² the sum of all
    β² up to t, as if no later step scaled what an earlier one added.
    """
    from scipy.stats import ks_2samp

    from evaluators.experiments._diffusion import Schedule

    schedule = Schedule.rescaled(steps)
    alpha, beta, alpha_bar, beta_bar = (part.numpy() for part in schedule)
    added = np.sqrt(np.cumsum(beta**2))
    times = sorted({1, steps // 10, steps // 2, steps})
    by_time = {time: ArmScores(f"2-D mixture, T {steps}, t {time}") for time in times}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        chain = mixture(draws, rng)[:, 0]
        for time in range(1, steps + 1):
            chain = alpha[time] * chain + beta[time] * rng.normal(size=draws)
            if time not in by_time:
                continue
            clean, noise = mixture(draws, rng)[:, 0], rng.normal(size=draws)
            for arm, spread in (("one step", beta_bar), ("variances added", added)):
                direct = alpha_bar[time] * clean + spread[time] * noise
                distance = ks_2samp(chain, direct, method="asymp").statistic
                by_time[time].add("ks", float(distance), draws, arm=arm, seed=seed)
    return Result(tuple(score for scores in by_time.values() for score in scores.scores))


def quality(
    data: Data, steps: int, seeds: list[int], updates: int, batch: int, rate: float
) -> Result:
    """Return how far from the data the points are that trained networks make.

    `distance` is the energy distance from data that no network saw. On the mixture there are also
    arms that train on the loss with the weights of the derivation, merged or not, and `noise_error`
    is the mean of ‖ε − ε_θ‖² over all t and coordinates, on new points.

    Args:
        data: What is learned.
        steps: T.
        seeds: One data set and network of each way for each seed.
        updates: Steps of training.
        batch: Points of an update.
        rate: Learning rate of Adam.
    """
    from evaluators.experiments._diffusion import Schedule, Way, energy_distance, fit, sample

    train, test = _sets(data, seeds)
    ways = {
        "rescaled": Way(Schedule.rescaled(steps), "simple"),
        "constant": Way(Schedule.constant(steps), "simple"),
    }
    if data == "2-D mixture":
        for loss in ("merged", "unmerged"):
            ways[loss] = Way(Schedule.rescaled(steps), loss)
    networks, curve = fit(
        train,
        list(ways.values()),
        seeds,
        hidden=HIDDEN[data],
        updates=updates,
        batch=batch,
        rate=rate,
    )
    every = [(arm, way, seed) for arm, way in ways.items() for seed in seeds]
    schedules = [way.schedule for _, way, _ in every]
    count = SAMPLED[data]
    largest = max(float(points.abs().max()) for points in train)
    made = sample(networks, schedules, count, [seed for _, _, seed in every], largest)
    errors = _noise_errors(networks, schedules, test * len(ways)).tolist()
    scores = ArmScores(f"{data}, T {steps}, {updates} updates, batch {batch}, rate {rate:g}")
    late = curve.late_improvement()
    for at, (arm, _, seed) in enumerate(every):
        real = test[seeds.index(seed)][:count]
        scores.add("distance", energy_distance(made[at], real), count, arm=arm, seed=seed)
        scores.add("noise_error", errors[at], count, arm=arm, seed=seed)
        scores.add("late_improvement", late[at], updates, arm=arm, seed=seed)
    for at, seed in enumerate(seeds):
        floor = energy_distance(train[at][:count], test[at][:count])
        scores.add("distance", floor, count, arm="training data", seed=seed)
    return Result(tuple(scores.scores))


def _sets(data: Data, seeds: Sequence[int]) -> tuple[list[Tensor], list[Tensor]]:
    """Return points to train on and new ones, by seed."""
    if data == "2-D mixture":
        drawn = [mixture(20_000, np.random.default_rng(seed)) for seed in seeds]
        points = [torch.tensor(each, dtype=torch.float32) for each in drawn]
        return [each[:16_000] for each in points], [each[16_000:] for each in points]
    from evaluators.experiments._digits import draw_rows

    train, test = draw_rows(seeds, 1797 - HELD_OUT)
    mean = train.inputs.mean(dim=1, keepdim=True)
    spread = (train.inputs - mean).std()
    return list((train.inputs - mean) / spread), list((test.inputs - mean) / spread)


def _noise_errors(networks: Any, schedules: Sequence[Schedule], points: list[Tensor]) -> Tensor:
    """Return the mean of ‖ε − ε_θ‖² over times, noises and coordinates, (S,)."""
    generator = torch.Generator().manual_seed(3_000_003)
    clean = torch.stack([each[:500] for each in points])
    noise = torch.randn(clean.shape[1:], generator=generator)
    last = len(schedules[0].alpha) - 1
    times = torch.randint(1, last + 1, (clean.shape[1],), generator=generator)
    kept, after = (
        torch.stack([each[part][times] for each in schedules]).float()[..., None] for part in (2, 3)
    )
    features = torch.stack([each.features()[times] for each in schedules])
    with torch.no_grad():
        told = networks(kept * clean + after * noise, features)
    errors: Tensor = (told - noise).square().mean(dim=(1, 2))
    return errors
