"""Worlds in which claims on summaries are true, or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.judging.summarisation import (
    PLAIN,
    PRETRAINED,
    SCRATCH,
    SOFTMAX,
    SPARSE,
    TAGS,
    UNMASKED,
)
from tests.evaluators.claims.calibration import NOISE, SEEDS, Draw, Situation

Means = Mapping[str, Mapping[str, float]]
"""By setting and arm, in points."""


def _drawn(metric: str, means: Means) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        rows: list[Mapping[str, Any]] = []
        for setting, arms in means.items():
            shared = rng.normal(0, 2, SEEDS)
            rows += [
                {
                    "setting": setting,
                    "arm": arm,
                    "metric": metric,
                    "seed": seed,
                    "value": float(mean + shared[seed] + rng.normal(0, NOISE)) / 100,
                }
                for arm, mean in arms.items()
                for seed in range(SEEDS)
            ]
        return RowEvidence(rows)

    return draw


def _effects() -> Iterator[tuple[str, float, tuple[str, ...]]]:
    """Yield effects in words and in margins, and the words that are wrong there."""
    yield "no effect", 0.0, ("holds",)
    yield "effect at the margin", 1.0, ("holds",)
    yield "just above the margin", 1.001, ("refuted",)
    yield "twice the margin", 2.0, ("refuted",)


def summarisation() -> list[Situation]:
    """Return the situations of claims on sparse softmax, copying and extracting."""
    found = []
    for what, effect, wrong in _effects():

        def setting(classes: int, start: str) -> str:
            return f"classes {classes}, k 10, {start}, made up"

        def both(more: float) -> Mapping[str, float]:
            return {SPARSE: 60.0 + more, SOFTMAX: 60.0}

        classes = {
            setting(20, PRETRAINED): both(0.5),
            setting(1000, PRETRAINED): both(0.5 + effect),
        }
        starts = {setting(1000, SCRATCH): both(-1.0), setting(1000, PRETRAINED): both(effect - 1.0)}
        copied = {PLAIN: 60.0, UNMASKED: 60.0, TAGS: 60.0 + effect}
        translated = {PLAIN: 60.0, UNMASKED: 60.0, TAGS: 60.0}
        leads = {SOFTMAX: 300.0 + 50 * effect, SPARSE: 300.0}
        rouge = {"truncated, generate": 20.0, "extract, generate": 20.0 + effect, "extract": 30.0}
        worlds: Mapping[str, tuple[str, Means]] = {
            "sparse-softmax-helps": ("accuracy", {setting(1000, PRETRAINED): both(effect)}),
            "sparse-softmax-gains-with-many-classes": ("accuracy", classes),
            "sparse-softmax-needs-pretraining": ("accuracy", starts),
            "sparse-softmax-prevents-over-learning": (
                "margin",
                {setting(1000, PRETRAINED): leads},
            ),
            "bio-copy-keeps-spans": (
                "spans",
                {"copied spans, made up": copied, "translated spans, made up": translated},
            ),
            "extracting-first-summarises-better": ("rougel", {"room 64": rouge}),
        }
        found += [Situation(claim, what, _drawn(*world), wrong) for claim, world in worlds.items()]
    return found
