"""Worlds in which claims on densities, diffusion and SimSiam are true, or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.judging.collapse import (
    AVERAGE,
    NEIGHBOURS,
    NO_PREDICTOR,
    NO_STOP,
    SIMSIAM,
    SPEED,
    SPREAD,
    VARIATION,
)
from tests.evaluators.claims.calibration import SEEDS, Draw, Situation

SPEEDS = (0.1, 1.0, 10.0)
Points = Mapping[str, Mapping[int, float] | Mapping[float, float]]
"""Means by arm and by swept number."""


def _rows(
    arms: Points,
    rng: np.random.Generator,
    *,
    name: str,
    metric: str,
    noise: float,
    prefix: str = "made up",
) -> list[Mapping[str, Any]]:
    """Return rows about these means; all arms of a seed share as much noise as each has alone."""
    shared = rng.normal(0, noise, SEEDS)
    return [
        {
            "setting": f"{prefix}, {name} {number:g}",
            "arm": arm,
            "metric": metric,
            "seed": seed,
            "value": float(mean + shared[seed] + rng.normal(0, noise)),
            "n": 100,
        }
        for arm, by_number in arms.items()
        for number, mean in by_number.items()
        for seed in range(SEEDS)
    ]


def _swept(metric: str, name: str, noise: float, arms: Points) -> Draw:
    return lambda rng: RowEvidence(_rows(arms, rng, name=name, metric=metric, noise=noise))


def _features(arms: Points) -> Draw:
    """Return collapse numbers, and accuracies that decide nothing."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = _rows(arms, rng, name=SPEED, metric=SPREAD, noise=0.01)
        return RowEvidence(rows + _rows(arms, rng, name=SPEED, metric=NEIGHBOURS, noise=0.01))

    return draw


def _gains() -> Iterator[Situation]:
    for claim, metric, name, arms, margin, published, noise in (
        ("iwae-beats-vae", "log_p", "deviation", ("iwae", "vae"), 1.0, 1.98, 0.5),
        (
            "ddpm-merging-learns-faster",
            "noise_error",
            "T",
            ("merged", "unmerged"),
            0.01,
            0.02,
            0.005,
        ),
    ):
        sign = 1 if metric == "log_p" else -1
        for what, effect, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", margin, ("holds",)),
            ("just above the margin", margin * 1.001, ("refuted",)),
            ("twice the margin", published, ("refuted",)),
        ):
            means = {arms[0]: {0.2: 5 + sign * effect}, arms[1]: {0.2: 5.0}}
            yield Situation(claim, what, _swept(metric, name, noise, means), wrong)


def _trends() -> Iterator[Situation]:
    none, up = (0.3, 0.3, 0.3, 0.3), (0.2, 0.25, 0.3, 0.35)
    for what, values, wrong in (("no trend", none, ("holds",)), ("a trend", up, ("refuted",))):
        steps = (10, 30, 100, 1000)
        distances = dict(zip(steps, values[::-1], strict=True))
        constant = dict(zip(steps, up, strict=True))
        arms = {"rescaled": distances, "constant": constant}
        yield Situation(
            "ddpm-quality-grows-with-steps", what, _swept("distance", "T", 0.05, arms), wrong
        )
        speeds = {
            SIMSIAM: dict(zip(SPEEDS, values, strict=False)),
            NO_STOP: dict.fromkeys(SPEEDS, 0.0),
        }
        yield Situation(
            "simsiam-fast-predictor-prevents-collapse",
            what,
            _swept(SPREAD, SPEED, 0.05, speeds),
            wrong,
        )

        def draw(rng: np.random.Generator, values: tuple[float, ...] = values) -> RowEvidence:
            deviations = (0.05, 0.1, 0.2, 0.4)
            shares = {"vae": dict(zip(deviations, values[::-1], strict=True))}
            prior = {"vae": dict(zip(deviations, (0.0, 1.0, 2.0, 3.0), strict=True))}
            rows = _rows(shares, rng, name="deviation", metric="ess", noise=0.05)
            return RowEvidence(
                rows + _rows(prior, rng, name="deviation", metric="prior_ess", noise=0.05)
            )

        yield Situation("vae-small-variance-is-efficient", what, draw, wrong)
    for what, ends, wrong in (
        ("no trend", (-0.1, -0.1, -0.1, -0.1), ("holds",)),
        ("it tightens", (-0.1, -0.04, -0.01, -0.005), ("refuted",)),
    ):
        sizes = (1, 16, 256, 4096)
        both = {
            "log of mean": dict(zip(sizes, ends, strict=True)),
            "mean of logs": dict.fromkeys(sizes, -0.1),
        }
        yield Situation("vae-bound-tightens", what, _swept("bound", "samples", 0.005, both), wrong)


def _thousand() -> Iterator[Situation]:
    for what, gain, wrong in (
        ("as good", 0.0, ("holds",)),
        ("the margin better", 0.05, ("holds",)),
        ("just above the margin", 0.0501, ("refuted",)),
        ("a fifth better", 0.2, ("refuted",)),
    ):
        arms = {"constant": {10: 1.0}, "rescaled": {10: 1.0, 100: 0.5, 1000: 0.5 - gain}}
        draw = _swept("distance", "T", 0.02, arms)
        yield Situation("ddpm-needs-a-thousand-steps", what, draw, wrong)


def _densities() -> Iterator[Situation]:
    for bias, wrong in ((-0.06, ("holds",)), (-0.04, ("refuted",)), (0.0, ("refuted",))):

        def draw(rng: np.random.Generator, bias: float = bias) -> RowEvidence:
            deviations = (0.1, 0.3, 1.0)
            arms = {
                "encoder": dict.fromkeys(deviations, bias),
                "narrow": dict.fromkeys(deviations, -1.0),
            }
            rows = _rows(
                arms,
                rng,
                name="deviation",
                metric="bias",
                noise=0.01,
                prefix="mixture, samples 1024",
            )
            return RowEvidence(rows)

        yield Situation("vae-estimate-reaches-density", f"{bias:g} nats off", draw, wrong)


def _collapses() -> Iterator[Situation]:
    for what, simsiam, wrong in (
        ("not spread out", 0.49, ("holds",)),
        ("not collapsed", 0.11, ("refuted",)),
        ("as claimed", 0.9, ("refuted",)),
    ):
        arms = {SIMSIAM: {1.0: simsiam}, NO_STOP: {1.0: 0.02}, NO_PREDICTOR: {1.0: 0.02}}
        yield Situation("simsiam-needs-both", what, _features(arms), wrong)
    for what, level, wrong in (
        ("not spread out", 0.49, ("refuted", "holds")),
        ("not collapsed", 0.11, ("refuted", "holds")),
        ("collapsed", 0.02, ("refuted",)),
    ):
        speeds = {SIMSIAM: dict.fromkeys(SPEEDS, level), NO_STOP: dict.fromkeys(SPEEDS, 0.02)}
        yield Situation("simsiam-needs-gradient-descent", what, _features(speeds), wrong)

        def draw(rng: np.random.Generator, level: float = level) -> RowEvidence:
            varied = {AVERAGE: {1.0: level}, "untrained": {1.0: 1.0}}
            rows = _rows(varied, rng, name=SPEED, metric=VARIATION, noise=0.01)
            spread = {NO_STOP: {1.0: 0.02}}
            rows += _rows(varied, rng, name=SPEED, metric=NEIGHBOURS, noise=0.01)
            return RowEvidence(rows + _rows(spread, rng, name=SPEED, metric=SPREAD, noise=0.01))

        opposite: tuple[str, ...] = ("holds", *(("refuted",) if what != "collapsed" else ()))
        yield Situation("mean-augmentation-does-not-collapse", what, draw, opposite)


def _theorems() -> Iterator[Situation]:
    def merged(rng: np.random.Generator, ratio: float) -> RowEvidence:
        rows: list[Mapping[str, Any]] = []
        for metric, own in (("loss", 1.0), ("variance", ratio)):
            arms = {"unmerged": 1.0, "merged": own, "not rescaled": 2.0}
            points = {arm: {50.0: value} for arm, value in arms.items()}
            rows += _rows(points, rng, name="t", metric=metric, noise=0.005)
        return RowEvidence(rows)

    name = "ddpm-merged-loss-has-lower-variance"
    yield Situation(name, "as high a variance", lambda rng: merged(rng, 1.0), ("holds", "refuted"))
    yield Situation(name, "half the variance", lambda rng: merged(rng, 0.5), ("refuted",))

    def marginals(rng: np.random.Generator, off: float) -> RowEvidence:
        from scipy.stats import ks_2samp

        rows = []
        for time, seed, (arm, shift) in product(
            (1, 10), range(3), (("one step", off), ("variances added", 0.5))
        ):
            distance = ks_2samp(rng.normal(size=1000), rng.normal(shift, size=1000)).statistic
            row = {"setting": f"made up, t {time}", "arm": arm, "metric": "ks", "seed": seed}
            rows.append({**row, "value": float(distance), "n": 1000})
        return RowEvidence(rows)

    chain = "ddpm-one-step-is-the-chain"
    yield Situation(chain, "one distribution", lambda rng: marginals(rng, 0.0), ("refuted",))
    yield Situation(chain, "0.3 deviations apart", lambda rng: marginals(rng, 0.3), ("holds",))


def generative() -> list[Situation]:
    """Return the situations of claims on densities, diffusion and SimSiam."""
    return [*_gains(), *_trends(), *_thousand(), *_densities(), *_collapses(), *_theorems()]
