"""Labels as positions in a task's list, whichever way a copy of it writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.errors import DatasetError
from evaluators.names import nearest

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
        raise DatasetError(f"column {column!r} holds {value!r:.40}, which is no label")
    if value in HIDDEN:
        return None
    for number, label in enumerate(labels):
        if value in (official.get(label), label):
            return number
    known = (*labels, *official.values())
    raise DatasetError(f"column {column!r} holds the label {value!r:.40}{nearest(value, known)}")
