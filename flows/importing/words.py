"""Counts and short lists in sentences."""

from __future__ import annotations

from collections.abc import Iterable


def many(n: int, what: str) -> str:
    """Return `1 model`, `2 models`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def few(names: Iterable[str], shown: int = 5) -> str:
    """Return the first names, and `…` where there are more."""
    found = list(names)
    return f"{', '.join(found[:shown])}{' …' if len(found) > shown else ''}"
