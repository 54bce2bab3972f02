"""Worlds in which claims on Nyström attention and mixers of tokens are true, or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from tests.evaluators.claims.calibration import NOISE, SEEDS, Situation

Levels = Mapping[tuple[str, str], float]
"""Means by arm and metric."""


def _rows(
    levels: Levels, rng: np.random.Generator, *, noise: float, shared: float, scale: float = 1.0
) -> RowEvidence:
    """Return rows about these means; what data bring to a seed is shared by all arms."""
    common = rng.normal(0, shared, SEEDS)
    rows: list[Mapping[str, Any]] = [
        {
            "setting": "made up",
            "arm": arm,
            "metric": metric,
            "seed": seed,
            "value": float(level + common[seed] + rng.normal(0, noise)) / scale,
        }
        for (arm, metric), level in levels.items()
        for seed in range(SEEDS)
    ]
    return RowEvidence(rows)


def _factors(levels: Mapping[str, float], rng: np.random.Generator) -> RowEvidence:
    """Return errors of attention's output, whose logarithms are normal."""
    logs = {(arm, "output_error"): float(np.log(level)) for arm, level in levels.items()}
    rows = _rows(logs, rng, noise=0.1, shared=0.2).rows
    return RowEvidence([{**row, "value": float(np.exp(row["value"]))} for row in rows])


def _landmarks() -> Iterator[Situation]:
    wrong: tuple[str, ...]
    for claim, worse, better in (
        ("exact-inverse-errs-more", "exact inverse", "6 iterations"),
        ("landmarks-need-alike-neighbours", "6 iterations, shuffled", "6 iterations"),
    ):
        for what, factor, wrong in (
            ("as much", 1.0, ("holds",)),
            ("at the margin", 1.25, ("holds",)),
            ("just above the margin", 1.2501, ("refuted",)),
            ("twice as much", 2.0, ("refuted",)),
        ):
            yield Situation(claim, what, partial(_factors, {worse: factor, better: 1.0}), wrong)

    for what, factor, wrong in (
        ("at the margin", 1.1, ("holds", "refuted")),
        ("half as much again", 1.5, ("holds",)),
        ("as much", 1.0, ("refuted",)),
    ):
        six = partial(_factors, {"6 iterations": factor, "exact inverse": 1.0})
        yield Situation("six-iterations-suffice", what, six, wrong)
    for what, left, wrong in (
        ("half is left", 0.5, ("holds",)),
        ("a twentieth is left", 0.05, ("refuted",)),
    ):
        errors = {"6 iterations": left, "6 iterations, shuffled": 0.9, "uniform mean": 1.0}
        draw = partial(_factors, errors)
        yield Situation("nystrom-approximates-trained-attention", what, draw, wrong)


def _tasks() -> Iterator[Situation]:
    wrong: tuple[str, ...]
    points = partial(_rows, noise=NOISE, shared=2.0, scale=100.0)
    for claim, arm, base in (
        ("gmlp-below-attention", "attention", "gmlp"),
        ("amlp-above-attention", "amlp", "attention"),
    ):
        for what, gain, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", 1.0, ("holds",)),
            ("just above the margin", 1.001, ("refuted",)),
            ("twice the margin", 2.0, ("refuted",)),
        ):
            means = {arm: 70.0 + gain, base: 70.0, "external": 40.0}
            levels = {(name, "accuracy"): mean for name, mean in means.items()}
            yield Situation(claim, what, partial(points, levels), wrong)
    for what, fnet, wrong in (
        ("half of the lead", 60.0, ("holds", "refuted")),
        ("nine tenths of it", 76.0, ("refuted",)),
        ("a tenth of it", 44.0, ("holds",)),
    ):
        levels = {
            ("attention", "accuracy"): 80.0,
            ("external", "accuracy"): 40.0,
            ("fnet", "accuracy"): fnet,
        }
        yield Situation("fnet-works-without-parameters", what, partial(points, levels), wrong)
    for what, behind, wrong in (
        ("a tie", 0.0, ("refuted",)),
        ("one is at the margin", 1.0, ("holds", "refuted")),
        ("one is two points behind", 2.0, ("holds",)),
    ):
        levels = {
            ("attention", "accuracy"): 90.0,
            ("fnet", "accuracy"): 90.0,
            ("gmlp", "accuracy"): 90.0 - behind,
        }
        yield Situation("mixers-tie-on-bags", what, partial(points, levels), wrong)
    for what, lost, wrong in (
        ("as much is lost", 0.0, ("holds",)),
        ("more by the margin", 1.0, ("holds",)),
        ("just above the margin", 1.001, ("refuted",)),
        ("five points more", 5.0, ("refuted",)),
    ):
        levels = {
            (arm, metric): level - (lost if metric == "tuned" and arm != "attention" else 0.0)
            for arm in ("attention", "gmlp", "mixer")
            for metric, level in (("pretrained", 90.0), ("tuned", 80.0), ("scratch", 50.0))
        }
        yield Situation("token-mixers-transfer-worse", what, partial(points, levels), wrong)
    for what, behind, wrong in (
        ("as good", 0.0, ("refuted",)),
        ("at the margin", 0.05, ("holds", "refuted")),
        ("a quarter nat behind", 0.25, ("holds",)),
    ):
        losses = {"full": 0.2, "nystrom 64": 0.2 + behind, "local 16": 1.2}
        levels = {(arm, "loss"): loss for arm, loss in losses.items()}
        levels |= {(arm, LATE_IMPROVEMENT): -1.0 for arm in losses}
        draw = partial(_rows, levels, noise=0.02, shared=0.05)
        yield Situation("nystromformer-is-competitive", what, draw, wrong)


def mixing() -> list[Situation]:
    """Return the situations of claims on landmarks and mixers."""
    return [*_landmarks(), *_tasks()]
