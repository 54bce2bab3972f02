"""The fields of a row, each checked as it is taken; messages name the column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluators.errors import DatasetError
from evaluators.names import nearest

Row = Mapping[str, Any]


def text(row: Row, column: str) -> str:
    """Return a text that is not empty."""
    return validate_text(row.get(column), f"column {column!r}")


def validate_text(value: Any, what: str) -> str:
    """Return a value that is text with something in it.

    Raises:
        DatasetError: It is no text, empty, or holds half a character.
    """
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{value!r:.40}, which is not a text"
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
        raise DatasetError(f"column {column!r} must list {least} or more texts, got {values!r:.40}")
    return tuple(
        validate_text(value, f"column {column!r}, entry {number}")
        for number, value in enumerate(values, start=1)
    )


def integer(row: Row, column: str) -> int:
    """Return a whole number; text that spells one is taken too."""
    value = row.get(column)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    # bool is an int to Python, but True is no position.
    if not isinstance(value, int) or isinstance(value, bool):
        raise DatasetError(f"column {column!r} holds {value!r:.40}, which is not a whole number")
    return value


def identity(row: Row, columns: Iterable[str], number: int) -> str:
    """Return what the first of the columns that is there holds, else the row's number."""
    for column in columns:
        value = row.get(column)
        if isinstance(value, bool) or not isinstance(value, int | str | None):
            raise DatasetError(f"column {column!r} holds {value!r:.40}, which is not an id")
        if value is not None:
            return validate_text(str(value), f"column {column!r}")
    return str(number)


HIDDEN = (None, -1, "-1", "-", "")
"""How copies mark a label that is not there."""


def position(
    value: Any, labels: Sequence[str], official: Mapping[str, str], column: str = "label"
) -> int | None:
    """Return the position of a label; None where it is hidden.

    Args:
        value: A position, as the hub's class labels count, or the label in words.
        labels: The task's labels in order.
        official: Label as others write it, by label.
        column: Where it stood, for the message.

    Raises:
        DatasetError: It is none of the labels.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if value != -1 and not 0 <= value < len(labels):
            raise DatasetError(
                f"column {column!r} holds {value}, which is out of range: labels count from 0 to "
                f"{len(labels) - 1}, and -1 is a hidden one"
            )
        return None if value == -1 else value
    if isinstance(value, float | bool) or not isinstance(value, str | None):
        raise DatasetError(f"column {column!r} holds {value!r:.40}, which is not a label")
    if value in HIDDEN:
        return None
    for number, label in enumerate(labels):
        if value in (official.get(label), label):
            return number
    known = (*labels, *official.values())
    raise DatasetError(f"column {column!r} holds the label {value!r:.40}{nearest(value, known)}")
