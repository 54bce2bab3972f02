"""Read the value of a fact about a model from text, as people write it: 7B, apache-2.0, true."""

from __future__ import annotations

import math
import re
from datetime import date

from evaluators.model_facts.facts import FACTS
from evaluators.names import validate_known
from flows.errors import LeaderboardError

_NUMBER = re.compile(r"([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*([kKmMbBgGtT]?)")
_POWERS = {"": 0, "k": 3, "m": 6, "b": 9, "g": 9, "t": 12}
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ].*)?")


def read_fact(name: str, text: str) -> float | bool | str:
    """Return the value of a fact.

    Args:
        name: The fact.
        text: Its value: a number (also 7B, 350M, 32k), true or false, or any text.

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
        if text.lower() not in _FLAGS:
            raise LeaderboardError(f"{name} must be true or false, got {text!r}")
        return _FLAGS[text.lower()]
    match = _NUMBER.fullmatch(text)
    number = math.nan if match is None else float(match[1]) * 10 ** _POWERS[match[2].lower()]
    if not math.isfinite(number) or number < 0:
        raise LeaderboardError(f"{name} must be a number of at least 0, as 7e9 or 7B, got {text!r}")
    if name == "zero_shot" and number > 1:
        raise LeaderboardError(f"zero_shot must be a share from 0 to 1, got {text!r}")
    return number


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
