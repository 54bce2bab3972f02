"""The fields of a row, each checked as it is taken; messages name the column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evaluators.errors import DatasetError

Row = Mapping[str, Any]


def text(row: Row, column: str) -> str:
    """Return a text that is not empty."""
    return demand_text(row.get(column), f"column {column!r}")


def demand_text(value: Any, what: str) -> str:
    """Return a value that is text with something in it.

    Raises:
        DatasetError: It is no text, empty, or holds half a character.
    """
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{value!r:.40}, which is no text"
        raise DatasetError(f"{what} holds {found}")
    if not value or value.isspace():
        raise DatasetError(f"the text in {what} is empty: remove the row or restore its text")
    # JSON can spell half of a character, which no tokenizer and no digest can take.
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise DatasetError(f"{what} holds a lone surrogate, half of a character: restore the text")
    return value


def texts(row: Row, column: str, least: int = 1) -> tuple[str, ...]:
    """Return a list of texts, none of them empty."""
    values = row.get(column)
    if not isinstance(values, list | tuple) or len(values) < least:
        raise DatasetError(f"column {column!r} holds {values!r:.40}: {least} or more texts needed")
    return tuple(
        demand_text(value, f"column {column!r}, entry {number}")
        for number, value in enumerate(values, start=1)
    )


def integer(row: Row, column: str) -> int:
    """Return a whole number; text that spells one is taken too."""
    value = row.get(column)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    # bool is an int to Python, but True is no position.
    if not isinstance(value, int) or isinstance(value, bool):
        raise DatasetError(f"column {column!r} holds {value!r:.40}, which is no whole number")
    return value


def identity(row: Row, columns: Iterable[str], number: int) -> str:
    """Return what the first of the columns that is there holds, else the row's number."""
    for column in columns:
        value = row.get(column)
        if isinstance(value, bool) or not isinstance(value, int | str | None):
            raise DatasetError(f"column {column!r} holds {value!r:.40}, which is no identity")
        if value is not None:
            return demand_text(str(value), f"column {column!r}")
    return str(number)
