"""Thresholds as the points of a law."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from evaluators.dimension.threshold import Threshold
from evaluators.statistics import normal_quantile


class Points(NamedTuple):
    """Thresholds that a law can be fitted to.

    Attributes:
        items: N of each.
        dimensions: n* of each.
        standard_errors: Of each n*, or None where one of them has no interval of some width.
        left_out: `(N, reason)` of the censored ones. A fit without those at the upper end of a
            grid is biased towards a flat law: widen the grid rather than trust it.
    """

    items: tuple[float, ...]
    dimensions: tuple[float, ...]
    standard_errors: tuple[float, ...] | None
    left_out: tuple[tuple[float, str], ...]


def points_of(items: Sequence[float], thresholds: Sequence[Threshold]) -> Points:
    """Return the thresholds that have an n, and why the others have none.

    Args:
        items: N of each threshold.
        thresholds: As `evaluators.dimension.threshold` makes them.
    """
    kept: list[tuple[float, float, float]] = []
    left_out = []
    for number, found in zip(items, thresholds, strict=True):
        if found.n is None:
            left_out.append((number, found.censored or "no threshold"))
            continue
        error = math.nan
        if found.ci_low is not None and found.ci_high is not None and found.confidence:
            error = (found.ci_high - found.ci_low) / (2 * normal_quantile(found.confidence))
        kept.append((number, found.n, error))
    errors = tuple(error for *_, error in kept)
    return Points(
        tuple(number for number, *_ in kept),
        tuple(n for _, n, _ in kept),
        errors if all(error > 0 for error in errors) else None,
        tuple(left_out),
    )
