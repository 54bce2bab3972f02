"""Read and validate the fields of a row; messages name the column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluators.errors import DatasetError
from evaluators.names import nearest

Row = Mapping[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")


def text(row: Row, column: str) -> str:
    """Return a column's text, which must not be empty."""
    return validate_text(row.get(column), f"column {column!r}")


def validate_text(value: Any, place: str) -> str:
    """Validate that a value is text that is not empty.

    Raises:
        DatasetError: It is not text, is empty, or holds a lone surrogate.
    """
    if not isinstance(value, str):
        described = "nothing" if value is None else f"{value!r:.40}, which is not a text"
        raise DatasetError(f"{place} holds {described}")
    if not value or value.isspace():
        raise DatasetError(f"the text in {place} is empty: remove the row or restore its text")
    # JSON can hold half of a character (a lone surrogate), which cannot be encoded as UTF-8.
    if not value.isascii() and _SURROGATE.search(value):
        raise DatasetError(f"{place} holds a lone surrogate, half of a character: restore the text")
    return value


def texts(row: Row, column: str, least: int = 1) -> tuple[str, ...]:
    """Return a column's list of texts, none of them empty."""
    values = row.get(column)
    if not isinstance(values, list | tuple) or len(values) < least:
        raise DatasetError(f"column {column!r} must list {least} or more texts, got {values!r:.40}")
    return tuple(
        validate_text(value, f"column {column!r}, entry {number}")
        for number, value in enumerate(values, start=1)
    )


def integer(row: Row, column: str) -> int:
    """Return a column's whole number, which may be written as text."""
    value = row.get(column)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    # bool is a subclass of int, but True is not a position.
    if not isinstance(value, int) or isinstance(value, bool):
        raise DatasetError(f"column {column!r} holds {value!r:.40}, which is not a whole number")
    return value


def identity(row: Row, columns: Iterable[str], number: int) -> str:
    """Return the id of a row: of the first column that has a value, else its number."""
    for column in columns:
        value = row.get(column)
        if isinstance(value, bool) or not isinstance(value, int | str | None):
            raise DatasetError(f"column {column!r} holds {value!r:.40}, which is not an id")
        if value is not None:
            return validate_text(str(value), f"column {column!r}")
    return str(number)


HIDDEN = (None, -1, "-1", "-", "")
"""How copies mark a hidden label."""


def position(
    value: Any, labels: Sequence[str], official: Mapping[str, str], column: str = "label"
) -> int | None:
    """Return the position of a label; None where it is hidden.

    Args:
        value: A position, as in the hub's class labels, or the label's name.
        labels: The task's labels in order.
        official: Official name of each label.
        column: Name of the column, for the message.

    Raises:
        DatasetError: It is not among the labels.
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
