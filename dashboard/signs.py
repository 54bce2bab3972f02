"""Classify differences by their interval, and say how each class is drawn."""

from __future__ import annotations

from dashboard import formatting
from dashboard.charts.drawing import REFUTED, STEADY, UP
from dashboard.charts.forest import Mark
from dashboard.language import mark

HIGHER, LOWER = mark("higher, interval excludes 0"), mark("lower, interval excludes 0")
UNSURE = mark("not distinguishable, interval includes 0")
ALONE = mark("one pair: no interval")

MARKS = {
    HIGHER: Mark(UP, "circle"),
    LOWER: Mark(REFUTED, "cross"),
    UNSURE: Mark(STEADY, "diamond"),
    ALONE: Mark(STEADY, "square"),
}
"""How each kind of difference is drawn."""


def sign(low: float | None, high: float | None) -> str:
    """Classify a difference by its interval, or as alone without an interval."""
    if formatting.is_missing(low) or formatting.is_missing(high):
        return ALONE
    if low <= 0 <= high:
        return UNSURE
    return HIGHER if low > 0 else LOWER
