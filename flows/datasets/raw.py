"""Rows as a file holds them, before anything about them is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.errors import DatasetError
from evaluators.task import PairTask


@dataclass(frozen=True)
class Raw:
    """The columns of one split.

    Attributes:
        first: First sentences, or whatever stands in their place.
        second: Second sentences.
        gold: Gold values.
        subsets: Sub-dataset names, or None where the file has no such column.
        source: The file or the hub revision, for messages.
        unit: What the file's reader counts: "row", or "line" of a text file.
        start: The number of the first row in that count: 2 under a header line.
    """

    first: Sequence[Any]
    second: Sequence[Any]
    gold: Sequence[Any]
    subsets: Sequence[Any] | None
    source: str
    unit: str = "row"
    start: int = 1

    def where(self, index: int) -> str:
        """Return the place of a row, counted from 0, as a person finds it in the file."""
        return f"{self.source}, {self.unit} {index + self.start}"


def wanted_columns(task: PairTask, present: Sequence[str], source: str) -> list[str]:
    """Return the columns to read, the optional one only where it is present.

    Raises:
        DatasetError: If a column is missing, with those that are there.
    """
    missing = [column for column in task.columns if column not in present]
    if missing:
        hidden = (
            "; a split without gold values is a hidden test set and cannot be scored"
            if missing == [task.columns[2]]
            else ""
        )
        raise DatasetError(
            f"{source} has no column {', '.join(map(repr, missing))}, only "
            f"{', '.join(map(repr, present)) or 'none'}: rename its columns, or declare theirs "
            f"in the task {task.name}{hidden}"
        )
    optional = task.subset_column
    return [*task.columns, *([optional] if optional in present and optional is not None else [])]
