"""Estimate a density by importance sampling, as a variational autoencoder does.

With M latents from the encoder the estimate is log (1/M) Σ q(x|z) q(z) / p(z|x). Where the density
is known, in a linear-Gaussian world and in a mixture of three such worlds, it is compared with the
truth, for encoders that are right, as good as a Gaussian with a diagonal can be, too wide or too
narrow. On digits an autoencoder is trained with M = 1, the ELBO, and with more, as IWAE.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from evaluators.evaluator import (
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
from evaluators.experiments._known_densities import PROPOSALS, Floats, Known, World, log_sum
from evaluators.job import Job
from evaluators.progress import stage_progress
from evaluators.result import ArmScores, Result, Score


class VaeDensityRequest(Request):
    """The keys of an `evaluator: vae_density` entry in a plan.

    Attributes:
        worlds: Made-up worlds whose density is known: `linear-Gaussian` and `mixture`.
        deviations: Standard deviations of the decoder in a made-up world; each is a setting.
        samples: Numbers of latents M behind an estimate; each is a setting.
        draws: Latents drawn for each point and M, which make draws / M estimates; a multiple of
            every M.
        digits: Standard deviations of a decoder of digits, whose pixels are from 0 to 1; each is a
            setting. Empty trains nothing.
        steps: Steps of training on digits.
        importance: Latents behind the loss of the arm `iwae`.
        rate: Learning rate of Adam, which falls to 0 in a straight line.
        seeds: Seeds of worlds, networks and draws.
    """

    worlds: tuple[World, ...] = ("linear-Gaussian", "mixture")
    deviations: Distinct[Positive] = (0.1, 0.3, 1.0)
    samples: Distinct[Count] = (1, 4, 16, 64, 256, 1024, 4096)
    draws: Count = 4096
    digits: tuple[Positive, ...] = (0.05, 0.1, 0.2, 0.4)
    steps: Count = 1000
    importance: Count = 8
    rate: Positive = 2e-3
    seeds: Seeds = tuple(range(1000, 1007))

    @model_validator(mode="after")
    def _whole_estimates(self) -> Self:
        if uneven := [count for count in self.samples if self.draws % count]:
            raise ValueError(
                f"draws must be a multiple of every M in samples, got {self.draws} and {uneven}"
            )
        return self


class VaeDensity(Evaluator[VaeDensityRequest]):
    """The arms are proposals or ways of training; a seed draws a world or a network."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("draws", "steps")
    Request = VaeDensityRequest

    def jobs(
        self, request: VaeDensityRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return a job for each world and deviation, one for the bound, one for each of digits."""
        seeds = sorted(request.seeds)
        drawn = {"samples": sorted(request.samples), "draws": request.draws, "seeds": seeds}
        found = [
            self.job(world, {"world": world, "deviation": deviation, **drawn})
            for world in request.worlds
            for deviation in sorted(request.deviations)
        ]
        found += [
            self.job(
                f"bound {world}", {"bound_of": world, "deviation": max(request.deviations), **drawn}
            )
            for world in request.worlds
        ]
        recipe = {key: getattr(request, key) for key in ("steps", "importance", "rate")}
        return found + [
            self.job("digits", {"deviation": deviation, "seeds": seeds, **recipe})
            for deviation in sorted(request.digits)
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        if "bound_of" in parameters:
            return "identity"
        return "made-up" if "world" in parameters else "small"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        stage = stage_progress(session.progress, f"densities, {job.task}")
        if "bound_of" in params:
            return bounds(params.pop("bound_of"), **params)
        if "world" in params:
            return densities(**params)
        from evaluators.experiments._digit_autoencoder import compare

        return compare(**params, report=stage)


def densities(
    world: World, deviation: float, samples: list[int], draws: int, seeds: list[int]
) -> Result:
    """Return how far the estimates of every proposal are from log p(x), in nats.

    `bias` is the mean of estimate − log p(x) over points and estimates, `error` the mean of its
    absolute value, and `ess` the effective sample size of M latents as a share of M.

    Args:
        world: Name of the made-up world.
        deviation: Standard deviation of the decoder.
        samples: Numbers of latents M.
        draws: Latents for each point and M.
        seeds: One world each.
    """
    found: list[Score] = []
    known = {seed: Known.drawn(world, deviation, np.random.default_rng(seed)) for seed in seeds}
    for count in samples:
        scores = ArmScores(f"{world}, deviation {deviation:g}, samples {count}")
        for at, arm in enumerate(PROPOSALS):
            for seed in seeds:
                rng = np.random.default_rng([seed, count, at])
                weights = _grouped(known[seed].log_weights(arm, draws, rng), count)
                off = log_sum(weights) - math.log(count) - known[seed].log_p[:, None]
                share = np.exp(2 * log_sum(weights) - log_sum(2 * weights)) / count
                for metric, value in (("bias", off), ("error", np.abs(off)), ("ess", share)):
                    scores.add(metric, float(value.mean()), value.size, arm=arm, seed=seed)
        found += scores.scores
    return Result(tuple(found))


def bounds(
    world: World, deviation: float, samples: list[int], draws: int, seeds: list[int]
) -> Result:
    """Return the mean estimate less log p(x) of an encoder, and of a mean without a logarithm.

    The arm `log of mean` is log (1/M) Σ weights, `mean of logs` is (1/M) Σ log weights, which does
    not tighten: it is the ELBO whatever M is. Latents are drawn anew for every M.
    """
    found: list[Score] = []
    for count in samples:
        scores = ArmScores(f"{world}, deviation {deviation:g}, samples {count}")
        for seed in seeds:
            known = Known.drawn(world, deviation, np.random.default_rng(seed))
            rng = np.random.default_rng([seed, count])
            weights = _grouped(known.log_weights("encoder", draws, rng), count)
            truth = known.log_p[:, None]
            for arm, values in (
                ("log of mean", log_sum(weights) - math.log(count)),
                ("mean of logs", weights.mean(axis=-1)),
            ):
                scores.add("bound", float((values - truth).mean()), draws, arm=arm, seed=seed)
        found += scores.scores
    return Result(tuple(found))


def _grouped(log_weights: Floats, count: int) -> Floats:
    """Return log weights (n, draws) as estimates of `count` latents each, (n, estimates, count)."""
    return log_weights.reshape(len(log_weights), -1, count)
