"""Rows of one or two texts and a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.clue.examples import TextExample
from evaluators.clue.reading.fields import Row, identity, text
from evaluators.clue.reading.labels import position
from evaluators.clue.task import Read


def reader(
    labels: Sequence[str],
    official: Mapping[str, str],
    *,
    first: str = "sentence1",
    second: str | None = "sentence2",
    ids: Sequence[str] = ("idx", "id"),
) -> Read:
    """Return what reads rows of the usual columns.

    Args:
        labels: The task's labels.
        official: As `ClueTask.official_labels`.
        first: Column of the text.
        second: Column of the second text; None for tasks of one.
        ids: Columns that may hold the identity; the row's number serves where there is none.
    """

    def read(row: Row, number: int) -> TextExample:
        return TextExample(
            id=identity(row, ids, number),
            text=text(row, first),
            pair=None if second is None else text(row, second),
            label=position(row.get("label"), labels, official),
        )

    return read
