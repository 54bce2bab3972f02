"""Made-up evidence for the controls of claims, which must come out the other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.claims.judging.evidence import BoardEvidence, RowEvidence
from evaluators.result import LATE_IMPROVEMENT


def made_up(
    values: Sequence[Sequence[float] | NDArray[np.float64]] | NDArray[np.float64],
    *,
    human: int | None = None,
    name: str = "made-up",
    treatment: str = "per-task",
    diagnostics: int = 0,
) -> BoardEvidence:
    """Return a board of these scores under a treatment.

    Args:
        values: Models × tasks, in per cent.
        human: Which row is the human one.
        name: Name of the board.
        treatment: Name of the treatment.
        diagnostics: How many of the last columns are diagnostic.
    """
    x = np.asarray(values, dtype=np.float64)
    n, c = x.shape
    board = Board(
        name=name,
        snapshot="made-up",
        models=tuple("human" if i == human else f"model {i}" for i in range(n)),
        columns=tuple(
            Column(f"task {j}", f"task {j}", role="diagnostic" if j >= c - diagnostics else "main")
            for j in range(c)
        ),
        values=x,
        is_human=tuple(i == human for i in range(n)),
    )
    return BoardEvidence(board, TREATMENTS[treatment])


def needs(
    items: Sequence[int],
    dimensions: Sequence[float | None],
    error: float | None = None,
    *,
    beyond: float = 512.0,
    predicted: Sequence[float] | None = None,
    parameters: Mapping[str, Any] | None = None,
    rising: bool = False,
) -> RowEvidence:
    """Return one row for each N.

    Args:
        items: N of each.
        dimensions: n* of each; None where it lies beyond the grid.
        error: Standard error of each n*; None: they have no interval.
        beyond: Where n* is None, the largest n tried.
        predicted: What theory says of each.
        parameters: What all rows share.
        rising: Whether the best score still rises at the largest n.
    """
    half = None if error is None else 1.96 * error
    return RowEvidence(
        [
            {
                "experiment": "made-up",
                "task": "t",
                "items": number,
                "n_star": n,
                "ci_low": None if n is None or half is None else n - half,
                "ci_high": None if n is None or half is None else n + half,
                "beyond": beyond if n is None else None,
                "still_rising": rising,
                "predicted": None if predicted is None else predicted[i],
                "trials": 1,
                "seed": 0,
                "parameters": dict(parameters or {}),
            }
            for i, (number, n) in enumerate(zip(items, dimensions, strict=True))
        ],
        {"experiment": "made-up"},
    )


def apart(evidence: RowEvidence) -> RowEvidence:
    """Return the same rows, each of a task of its own."""
    rows = [{**row, "task": f"t{i}"} for i, row in enumerate(evidence.rows)]
    return RowEvidence(rows, evidence.group)


SEEDS = 7


def accuracies(
    points: Mapping[tuple[str, int], float],
    *,
    noise: float = 0.3,
    seeds: int = SEEDS,
    raw: float | None = 85.0,
    late: Mapping[tuple[str, int], float] | None = None,
) -> RowEvidence:
    """Return few-label accuracies about these means.

    Args:
        points: By arm and batch, the mean in points.
        noise: Standard deviation of what a cell has of its own, besides what its seed brings.
        seeds: How many.
        raw: Of raw pixels.
        late: By arm and batch, the `late_improvement` of every seed.
    """
    rng = np.random.default_rng(7)
    shared = rng.normal(0, 2, seeds)
    rows = [
        _row(arm, batch, LATE_IMPROVEMENT, seed, value)
        for (arm, batch), value in (late or {}).items()
        for seed in range(seeds)
    ]
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
