"""One cell of a leaderboard file: one plain number, or nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_GROUPED = {
    ".": re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"),
    ",": re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?"),
}
_TWO = re.compile(r"([-+\d.,]+)\s*[/;|]\s*([-+\d.,]+)")
_NOTHING = ("-", "--", "–", "—", "nan", "na", "n/a", "none", "null", "inf", "-inf")


class CellError(ValueError):
    """A cell is no score; the message says what to do."""


def read_number(text: str, *, decimal: str = ".", missing: Collection[str] = ()) -> float | None:
    """Return the number of a cell, None where it is empty.

    Args:
        text: The cell.
        decimal: What stands before the decimals: a point or a comma.
        missing: Texts, besides nothing at all, that mean a missing score.

    Raises:
        CellError: If it is anything else than one plain number.
    """
    text = text.strip()
    if not text or text in missing:
        return None
    if grouped(text, decimal):
        raise CellError(f"cannot read {text!r} as a score; {_readings(text, decimal)}")
    number = text.replace(",", ".") if decimal == "," and _COMMA.fullmatch(text) else text
    if _NUMBER.fullmatch(number):
        return float(number)
    if _COMMA.fullmatch(text):
        todo = "write the comma as a point"
    elif text.lower() in _NOTHING:
        todo = "leave the cell empty where there is no score"
    elif _TWO.fullmatch(text):
        todo = "these are two numbers: give each metric a column of its own"
    else:
        todo = "a cell holds one plain number or nothing"
    raise CellError(f"cannot read {text!r} as a score; {todo}")


def grouped(text: str, decimal: str = ".") -> bool:
    """Whether a number may be one of grouped thousands: `1,000`, or `1.000` of decimal commas."""
    return bool(_GROUPED[decimal].fullmatch(text.strip()))


def _readings(text: str, decimal: str) -> str:
    mark, name = (",", "comma") if decimal == "." else (".", "point")
    whole = text.replace(mark, "")
    if text.count(mark) > 1 or decimal in text:
        return f"its thousands are grouped: write {whole}"
    return (
        f"it may be {whole} with grouped thousands or {text.replace(',', '.')} with a decimal"
        f" {name}: write {whole} or {text.replace(mark, decimal)}"
    )


def two_texts(text: str) -> tuple[str, str] | None:
    """Return the two numbers of `94.2/92.3` as texts, or None where the cell is no such pair."""
    found = _TWO.fullmatch(text.strip())
    return (found[1], found[2]) if found else None


def beyond(score: float, unit: float) -> str:
    """Say that a score is beyond what a perfect one is."""
    return f"{score:g} is beyond the unit {unit:g} of the column"


def another_scale(unit: float) -> str:
    """Say that a row is in proportions where the board is in per cent."""
    return (
        f"every score is at most 1 on a board whose perfect score is {unit:g}; bring the row to"
        " that scale, or flag it as suspect"
    )
