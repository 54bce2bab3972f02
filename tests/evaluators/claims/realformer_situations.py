"""Worlds in which claims on RealFormer are true, or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.judging.optimisation import made_up_values
from evaluators.claims.judging.realformer import (
    ENTROPY,
    LARGEST,
    LOSS,
    MARGIN,
    POST,
    PRE,
    REAL,
    SHUFFLED,
)
from evaluators.claims.realformer_attention_is_sparser import MARGIN as SPARSER
from evaluators.claims.realformer_trains_as_easily_as_pre_ln import MARGIN as EASIER
from tests.evaluators.claims.calibration import SEEDS, Draw, Situation


def _seeds(metric: str, means: Mapping[str, float], noise: float) -> Draw:
    """Return arms about these means; those of a seed share ten times the noise of each."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        shared = rng.normal(0, 10 * noise, SEEDS)
        return made_up_values(
            {
                (metric, arm): (mean + shared + rng.normal(0, noise, SEEDS)).tolist()
                for arm, mean in means.items()
            }
        )

    return draw


def realformer() -> Iterator[Situation]:
    """Yield the situations."""
    for claim, metric, arm, base, margin, noise in (
        ("realformer-beats-post-ln", LOSS, REAL, POST, MARGIN, 0.005),
        ("post-ln-beats-pre-ln", LOSS, POST, PRE, MARGIN, 0.005),
        ("realformer-attention-is-sparser", ENTROPY, REAL, POST, SPARSER, 0.03),
    ):
        for what, gain, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", margin, ("holds",)),
            ("just above the margin", 1.001 * margin, ("refuted",)),
            ("twice the margin", 2 * margin, ("refuted",)),
        ):
            means = {arm: 2.0 - gain, base: 2.0, SHUFFLED: 2.0}
            yield Situation(claim, what, _seeds(metric, means, noise), wrong)
    for what, loss, false in (
        ("as easily", 0.0, ["refuted"]),
        ("the margin less", EASIER, ["holds", "refuted"]),
        ("as Post-LN", 0.6, ["holds"]),
    ):
        means = {PRE: -2.0, POST: -2.6, REAL: -2.0 - loss}
        yield Situation(
            "realformer-trains-as-easily-as-pre-ln", what, _seeds(LARGEST, means, 0.1), tuple(false)
        )
