"""Worlds in which claims on repetition and on sampled text are true, or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evaluators.claims import RowEvidence
from tests.evaluators.claims.calibration import SEEDS, Draw, Situation

ByMetric = Mapping[str, Mapping[str, float]]


def _rows(
    means: ByMetric, rng: np.random.Generator, *, noise: float, setting: str = "made up"
) -> list[Mapping[str, Any]]:
    """Return rows about these means with noise that is a share of them."""
    return [
        {
            "setting": setting,
            "arm": arm,
            "metric": metric,
            "seed": seed,
            "value": float(mean * (1 + rng.normal(0, noise))),
        }
        for metric, by_arm in means.items()
        for arm, mean in by_arm.items()
        for seed in range(SEEDS)
    ]


def _draw(means: ByMetric, noise: float, setting: str = "made up") -> Draw:
    return lambda rng: RowEvidence(_rows(means, rng, noise=noise, setting=setting))


def sampling() -> Iterator[Situation]:
    """Yield situations of every rule that rests on a test."""
    wrong: tuple[str, ...]
    mass = {"all words": 0.2, "three likeliest": 0.5, "greedy": 15.0}
    for what, slope, wrong in (
        ("a slope of 1", 1.0, ("refuted",)),
        ("at the margin", 1.1, ("holds",)),
        ("far outside", 1.5, ("holds",)),
    ):
        counted = {**mass, "greedy": slope * mass["greedy"]}
        permuted = {arm: 3 * value for arm, value in mass.items()}
        means = {"mass": mass, "counted": counted, "permuted_mass": permuted}
        # Only what was counted is uncertain: R is exact.
        yield Situation("repetition-mass-is-calibrated", what, _calibrated(means), wrong)
    for what, other, wrong in (
        ("as much as another", 15.0, ("holds",)),
        ("at the margin", 15.0 * np.exp(-0.1), ("holds",)),
        ("far more", 5.0, ("refuted",)),
    ):
        masses = {"mass": {"all words": 0.2, "three likeliest": other, "greedy": 15.0}}
        yield Situation("greedy-repeats-most", what, _draw(masses, 0.05), wrong)
    for what, model, wrong in (
        ("all arrives", 0.03, ("refuted",)),
        ("at the margin", 0.05, ("holds", "refuted")),
        ("half of it", 0.13, ("holds",)),
    ):
        arms = {"true samples": 0.03, "independent tokens": 0.23, "source": 0.03}
        far = {"divergence": {**arms, "untrained MLM": 0.4, "MLM": model}}
        setting = "order 1, sweeps 10"
        yield Situation("gibbs-reaches-the-source", what, _draw(far, 0.05, setting), wrong)
    for what, cycle, wrong in (
        ("none", 0.01, ("holds",)),
        ("at the margin", 0.1, ("holds", "refuted")),
        ("twice the margin", 0.2, ("refuted",)),
    ):
        means = {
            "cycle": {"MLM": cycle, "joint of equal error": 1e-12},
            "error": {"MLM": 0.02, "joint of equal error": 0.02},
        }
        yield Situation("bert-conditionals-are-incompatible", what, _draw(means, 0.05), wrong)


def _calibrated(means: ByMetric) -> Draw:
    exact = {metric: means[metric] for metric in ("mass", "permuted_mass")}

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = _rows(exact, rng, noise=0.0)
        return RowEvidence(rows + _rows({"counted": means["counted"]}, rng, noise=0.05))

    return draw
