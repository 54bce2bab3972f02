"""Worlds in which claims on repetition and on sampled text are true, or false."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.judging.repetition import BIGRAMS
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
    yield from _of_networks(mass)
    yield from _swept()
    yield from _texts()


def _of_networks(mass: Mapping[str, float]) -> Iterator[Situation]:
    """Yield situations of networks that repeat as often as their bigrams, or not."""
    bigrams = {f"{BIGRAMS}{arm}": value for arm, value in mass.items()}
    for what, slope, wrong in (
        ("a slope of 1", 1.0, "refuted"),
        ("at the margin", 1.1, "holds"),
        ("far outside", 1.5, "holds"),
    ):
        counted = {**mass, **bigrams, "greedy": slope * mass["greedy"]}
        exact = {"mass": {**mass, **bigrams}, "nats": {"network": 1.8, "bigrams": 2.4}}
        draw = _counted(exact, counted)
        yield Situation("repetition-mass-calibrated-beyond-bigrams", what, draw, (wrong,))


def _swept() -> Iterator[Situation]:
    """Yield situations of R over the words that are kept, and over merged pairs."""
    falling = {1: 0.2, 2: 0.5, 3: 1.0, 20: 15.0}
    rising = dict(zip(falling, (0.6, 0.55, 0.5, 0.45), strict=True))
    hair = (0.5003, 0.5002, 0.5001, 0.5)
    for what, by_count, wrong in (
        ("no trend", dict.fromkeys(falling, 0.5), ("holds",)),
        ("a hair more the fewer", dict(zip(falling, hair, strict=True)), ("refuted",)),
        ("the fewer the more", rising, ("refuted",)),
    ):
        points = {"likeliest words": by_count, "mixed with uniform": falling}
        draw = _sweep("kept", {"cut_mass": points})
        yield Situation("truncation-raises-repetition", what, draw, wrong)
    for what, after, unfit in (
        ("the same", 0.2, "holds"),
        ("at the margin", 0.2 * math.exp(-0.1), "holds"),
        ("half", 0.1, "refuted"),
    ):
        ends = {"likely pairs": after, "frequent pairs": 0.1, "random pairs": 0.2}
        points = {arm: {0: 0.2, 10: end} for arm, end in ends.items()}
        draw = _sweep("merges", {"mass": points, "mass_in_text": points})
        yield Situation("merging-pairs-lowers-repetition", what, draw, (unfit,))


def _texts() -> Iterator[Situation]:
    """Yield situations of texts that a checkpoint writes which can read."""
    setting, known = "length 20, sweeps 10", {"Gibbs": 5.0, "independent tokens": 7.0}
    for what, share, wrong in (
        ("as diverse", 0.8, ("refuted",)),
        ("at the margin", 0.75, ("holds", "refuted")),
        ("far less", 0.5, ("holds",)),
    ):
        pairs = {"Gibbs": share, "real text": 0.8, "one text": 0.01}
        draw = _draw({"distinct_pairs": pairs, "masked_nats": known}, 0.02, setting)
        yield Situation("gibbs-text-is-diverse", what, draw, wrong)
    for what, nats, wrong in (
        ("near real text", 5.5, ("refuted",)),
        ("half way", 6.5, ("holds", "refuted")),
        ("near independent tokens", 7.5, ("holds",)),
    ):
        ways = {"Gibbs": nats, "real text": 5.0, "independent tokens": 8.0}
        draw = _draw({"nats": ways, "masked_nats": known}, 0.02, setting)
        yield Situation("gibbs-text-is-like-text", what, draw, wrong)


def _sweep(name: str, metrics: Mapping[str, Mapping[str, Mapping[int, float]]]) -> Draw:
    """Return rows over a swept number, with noise that is a twentieth of them."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows: list[Mapping[str, Any]] = []
        for metric, points in metrics.items():
            for arm, by_number in points.items():
                for number, mean in by_number.items():
                    means = {metric: {arm: mean}}
                    rows += _rows(means, rng, noise=0.05, setting=f"made up, {name} {number}")
        return RowEvidence(rows)

    return draw


def _counted(exact: ByMetric, counted: Mapping[str, float]) -> Draw:
    """Return rows of which only what was counted is uncertain."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = _rows({"mass": exact["mass"]}, rng, noise=0.0)
        rows += _rows({"nats": exact["nats"]}, rng, noise=0.02)
        return RowEvidence(rows + _rows({"counted": counted}, rng, noise=0.05))

    return draw


def _calibrated(means: ByMetric) -> Draw:
    exact = {metric: means[metric] for metric in ("mass", "permuted_mass")}

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = _rows(exact, rng, noise=0.0)
        return RowEvidence(rows + _rows({"counted": means["counted"]}, rng, noise=0.05))

    return draw
