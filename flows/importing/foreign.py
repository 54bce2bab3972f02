"""Foreign documents hold anything anywhere: what is not of the wanted kind is as good as absent."""

from __future__ import annotations

import math
from typing import Any


def as_dict(value: object) -> dict[Any, Any]:
    """Return a mapping, empty where the value is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list, empty where the value is none."""
    return value if isinstance(value, list) else []


def as_number(value: object) -> float | None:
    """Return a number, infinite where it is too large; None where the value is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
