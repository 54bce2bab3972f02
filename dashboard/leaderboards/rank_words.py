"""Name means and rank intervals in short."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.language import mark, t

_WORDS = {
    "arithmetic": mark("arithmetic mean"),
    "geometric": mark("geometric mean"),
    "harmonic": mark("harmonic mean"),
}
_SHORT = {"arithmetic": "AM", "geometric": "GM", "harmonic": "HM"}

Spans = Mapping[int, tuple[int, int]]
"""A rank interval by the row's position on the board."""


def short(mean: str) -> str:
    """Return a mean's short name: AM, GM or HM, or p itself."""
    return _SHORT.get(mean, mean.replace("-", "\N{MINUS SIGN}"))


def mean_words(mean: str) -> str:
    """Return a mean in words: `arithmetic mean`, or `p=−2 mean`."""
    if mean in _WORDS:
        return t(_WORDS[mean])
    return t("{mean} mean", mean=mean.replace("-", "\N{MINUS SIGN}"))


def fact_words(fact: str) -> str:
    """Return a fact about models in words, such as `context tokens`."""
    return t(fact.replace("_", " "))


def span_of(ends: tuple[int, int] | None) -> str:
    """Format a rank interval: `3–7`, or `3` for a single rank."""
    if ends is None:
        return "–"
    low, high = ends
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"
