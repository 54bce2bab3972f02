"""Made-up rows of `dimension_law`, on which verdicts are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.claims.judging.evidence import RowEvidence


def needs(
    items: Sequence[int],
    dimensions: Sequence[float | None],
    error: float | None = None,
    *,
    beyond: float = 512.0,
    predicted: Sequence[float] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> RowEvidence:
    """Return one row for each N.

    Args:
        items: N of each.
        dimensions: n* of each; None where it lies beyond the grid.
        error: Standard error of each n*; None: they have no interval.
        beyond: Where n* is None, the largest n tried.
        predicted: What theory says of each.
        parameters: What all rows share.
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
