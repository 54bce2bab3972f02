"""Worlds in which claims on UniVAE are true, or false."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.univae_low_levels_carry_form import MARGIN, made_up
from evaluators.claims.univae_reconstructs import (
    ARM,
    BAG,
    BROKEN,
    NOISE,
    NONE,
    WRITTEN,
)
from tests.evaluators.claims.calibration import SEEDS, Situation


def _exchanged(rng: np.random.Generator, contrast: float, noise: float = 0.2) -> RowEvidence:
    return RowEvidence(made_up(contrast, noise=noise, draw=int(rng.integers(2**31))))


def _written(rng: np.random.Generator, bag: float, none: float) -> RowEvidence:
    means = {
        (WRITTEN, ARM): 0.9,
        (WRITTEN, BAG): bag,
        (WRITTEN, NONE): none,
        (NOISE, ARM): 0.1,
        (NOISE, BROKEN): 1.0,
    }
    shared = rng.normal(0, 0.02, SEEDS)
    rows = [
        {
            "setting": "made up",
            "arm": arm,
            "metric": metric,
            "seed": seed,
            "value": float(mean + shared[seed] + rng.normal(0, 0.02)),
        }
        for (metric, arm), mean in means.items()
        for seed in range(SEEDS)
    ]
    return RowEvidence(rows)


def univae() -> Iterator[Situation]:
    """Yield the situations."""
    claim = "univae-low-levels-carry-form"
    for what, contrast, wrong in (
        ("levels are alike", 0.0, ("holds",)),
        ("at the margin", MARGIN, ("holds",)),
        ("just above the margin", MARGIN * 1.001, ("refuted",)),
        ("as published", 1.0, ("refuted",)),
        ("the reverse", -1.0, ("holds",)),
    ):
        yield Situation(claim, what, partial(_exchanged, contrast=contrast), wrong)
    claim = "univae-reconstructs"
    for what, bag, none, wrong in (
        ("a bag is as good", 0.9, 0.4, ("holds",)),
        ("a bag is the margin worse", 0.8, 0.4, ("holds",)),
        ("a bag is just more than the margin worse", 0.7999, 0.4, ("refuted",)),
        ("both are the margin worse", 0.8, 0.8, ("holds",)),
        ("both are far worse", 0.4, 0.4, ("refuted",)),
    ):
        yield Situation(claim, what, partial(_written, bag=bag, none=none), wrong)
