"""Made-up rows of batch sweeps and of measured gradients, on which verdicts are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluators.claims.judging.evidence import RowEvidence

SEEDS = 7


def accuracies(
    points: Mapping[tuple[str, int], float],
    *,
    noise: float = 0.3,
    seeds: int = SEEDS,
    raw: float | None = 85.0,
) -> RowEvidence:
    """Return few-label accuracies about these means.

    Args:
        points: By arm and batch, the mean in points.
        noise: Standard deviation of what a cell has of its own, besides what its seed brings.
        seeds: How many.
        raw: Of raw pixels.
    """
    rng = np.random.default_rng(7)
    shared = rng.normal(0, 2, seeds)
    rows = []
    for (arm, batch), mean in points.items():
        own = rng.normal(0, noise, seeds)
        values = mean + shared - shared.mean() + own - own.mean()
        rows += [
            _row(arm, batch, "few5", seed, value / 100, raw=None if raw is None else raw / 100)
            for seed, value in enumerate(values)
        ]
    return RowEvidence(rows, {"bench": "made-up"})


def bounds(information: Mapping[int, float], *, noise: float = 0.002) -> RowEvidence:
    """Return InfoNCE's bound by batch size as a share of its ceiling log(2B − 1)."""
    rng = np.random.default_rng(7)
    rows = []
    for batch, share in information.items():
        ceiling = float(np.log(2 * batch - 1))
        for seed, off in enumerate(rng.normal(0, noise, SEEDS)):
            value = (share + off) * ceiling
            rows.append(_row("infonce/float32", batch, "information", seed, value))
            rows.append(_row("infonce/float32", batch, "ceiling", seed, ceiling))
    return RowEvidence(rows, {"bench": "made-up"})


def chunks(errors: Mapping[str, tuple[float, ...]]) -> RowEvidence:
    """Return relative errors of gradients by the way they were put together."""
    return RowEvidence(
        [
            {
                "way": way,
                "batch": 64,
                "chunk": 8,
                "temperature": 0.1,
                "seed": seed,
                "relative_error": value,
                "cosine": 1 - value**2 / 2,
            }
            for way, values in errors.items()
            for seed, value in enumerate(values)
        ]
    )


def gradients(
    errors: Mapping[str, Mapping[float, float]], *, too_small: tuple[float, ...] = ()
) -> RowEvidence:
    """Return relative errors of one row's gradient by loss and gap.

    Args:
        errors: By loss and gap, the mean error.
        too_small: Gaps at which some gradients are too small for the dtype.
    """
    return RowEvidence(
        [
            {
                "loss": loss,
                "dtype": "float32",
                "gap": gap,
                "seed": seed,
                "relative_error": error * (1 + (seed - 1) / 100),
                "below_normal": 0.1 if gap in too_small else 0.0,
            }
            for loss, by_gap in errors.items()
            for gap, error in by_gap.items()
            for seed in range(3)
        ],
        {"dtype": "float32"},
    )


def _row(
    arm: str, batch: int, metric: str, seed: int, value: float, *, raw: float | None = None
) -> dict[str, Any]:
    return {
        "arm": arm,
        "batch": batch,
        "metric": metric,
        "seed": seed,
        "value": float(value),
        "raw": raw,
        "random": None,
    }
