"""Read the value of a fact about a model from text, as people write it: 7B, apache-2.0, true."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal, InvalidOperation

from evaluators.model_facts.facts import FACTS
from evaluators.names import validate_known
from flows.errors import LeaderboardError

_NUMBER = re.compile(
    r"~?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,4})?)\s*"
    r"([kKmMbBgGtT%]?|thousand|mn|millions?|bn|billions?|trillions?)"
    r"(?:\s*(?:params?|parameters|tokens))?[*†‡]*",
    re.IGNORECASE,
)
_POWERS = {"": 0, "%": -2, "k": 3, "m": 6, "b": 9, "g": 9, "t": 12}
_MOST = 1e15
"""No model has more parameters, and no text more tokens: a unit was applied twice."""

_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "✓", "✔", "✅"), True),
    **dict.fromkeys(("false", "no", "n", "0", "✗", "✘", "❌"), False),
}
_OPEN = {"open": True, "closed": False, "proprietary": False}
_DATE = re.compile(r"(\d{4})(?:[-/](\d{2})(?:[-/](\d{2}))?)?(?:[T ].*)?")


def read_fact(name: str, text: str, *, factor: float = 1.0) -> float | bool | str:
    """Return the value of a fact.

    Args:
        name: The fact.
        text: Its value: a number (also 7B, 350M, 32k, 2,048), true or false, or any text.
        factor: The unit of a number that states none of its own: 1e9 for billions.

    Raises:
        UnknownNameError: No fact has that name.
        LeaderboardError: The text is not a value of that fact.
    """
    validate_known("fact", [name], FACTS)
    kind, text = FACTS[name].kind, text.strip()
    if name == "release_date":
        return _date(text)
    if kind == "text":
        if not text:
            raise LeaderboardError(f"{name} must not be empty")
        return text
    if kind == "flag":
        flags = _FLAGS | _OPEN if name == "open_weights" else _FLAGS
        flag = flags.get(text.lower().rstrip("\ufe0f"))
        if flag is None:
            raise LeaderboardError(f"{name} must be true or false, got {text!r}")
        return flag
    number = _number(text, factor)
    if not math.isfinite(number) or number < 0 or number > _MOST:
        raise LeaderboardError(f"{name} must be a number of at least 0, as 7e9 or 7B, got {text!r}")
    if name == "zero_shot" and number > 1:
        raise LeaderboardError(f"zero_shot must be a share from 0 to 1, got {text!r}")
    return number


def _number(text: str, factor: float) -> float:
    """Return a number in decimal arithmetic (0.596 billion is 596000000), NaN if it is none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return math.nan
    unit = match[2].lower()
    try:
        number = Decimal(match[1].replace(",", ""))
        scaled = number.scaleb(_POWERS[unit[:1]]) if unit else number * Decimal(repr(factor))
    except InvalidOperation:
        return math.nan
    return float(scaled)


def has_unit(text: str) -> bool:
    """Return whether a number states its unit: `7B` and `350 million` do, `7` does not."""
    match = _NUMBER.fullmatch(text.strip())
    return match is not None and bool(match[2])


def _date(text: str) -> str:
    """Return a date as YYYY, YYYY-MM or YYYY-MM-DD, without a time of day."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError as error:
        raise LeaderboardError(
            f"release_date must be YYYY, YYYY-MM or YYYY-MM-DD, got {text!r}"
        ) from error
    return "-".join(part for part in match.groups() if part)
