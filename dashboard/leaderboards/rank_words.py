"""Name means and rank intervals in short."""

from __future__ import annotations

from collections.abc import Mapping

_SHORT = {"arithmetic": "AM", "geometric": "GM", "harmonic": "HM"}

Spans = Mapping[int, tuple[int, int]]
"""A rank interval by the row's position on the board."""


def short(mean: str) -> str:
    """Return a mean's short name: AM, GM or HM, or p itself."""
    return _SHORT.get(mean, mean.replace("-", "\N{MINUS SIGN}"))


def span_of(ends: tuple[int, int] | None) -> str:
    """Format a rank interval: `3–7`, or `3` for a single rank."""
    if ends is None:
        return "–"
    low, high = ends
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"
