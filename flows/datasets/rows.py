"""From rows as found to rows that may be scored: everything about them is checked here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from evaluators.task import PairTask
from flows.datasets.raw import Raw


def checked(task: PairTask, split: str, raw: Raw) -> PairDataset:
    """Return the rows of a split once nothing is wrong with any of them.

    Rows that repeat are allowed: published data sets have them, and their scores count them.

    Raises:
        DatasetError: On no rows, a missing or empty sentence, a gold value that is missing, no
            number, NaN, infinite, outside the task's range or the same everywhere, and on a split
            whose labels are hidden. The message names the file and the first such row.
    """
    if not raw.first:
        raise DatasetError(f"{raw.source} has no rows: fetch it again")
    for name, sentences in zip(task.columns[:2], (raw.first, raw.second), strict=True):
        _demand_text(raw, name, sentences, "sentence")
    if raw.subsets is not None:
        _demand_text(raw, str(task.subset_column), raw.subsets, "sub-dataset")
    return PairDataset(
        task=task.name,
        split=split,
        first=tuple(raw.first),
        second=tuple(raw.second),
        gold=np.asarray(_gold(task, raw), dtype=np.float64),
        subsets=None if raw.subsets is None else tuple(raw.subsets),
        source=raw.source,
    )


def _demand_text(raw: Raw, column: str, values: Sequence[Any], what: str) -> None:
    for index, text in enumerate(values):
        if not isinstance(text, str):
            found = "nothing" if text is None else f"{text!r}, which is no text"
            raise DatasetError(f"{raw.where(index)}: column {column!r} holds {found}")
        if not text or text.isspace():
            raise DatasetError(
                f"{raw.where(index)}: the {what} in column {column!r} is empty: remove the row "
                "or restore its text"
            )
        # JSON can spell half of a character, which no tokenizer and no digest can take.
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise DatasetError(
                f"{raw.where(index)}: column {column!r} holds a lone surrogate, half of a "
                "character: restore the text"
            )


def _gold(task: PairTask, raw: Raw) -> Sequence[float]:
    low, high = task.gold_range
    for index, value in enumerate(raw.gold):
        # A negative label outside the range is how the hub marks a hidden one.
        if value is None or (value == -1 and low > -1):
            hidden = sum(1 for other in raw.gold if other is None or other == -1)
            raise DatasetError(
                f"{raw.where(index)} has no gold value ({'none' if value is None else '-1'}), as "
                f"{hidden} of {len(raw.gold)} rows: the labels of this split are hidden or "
                "incomplete, so it is not scored; name a labelled split, validation for example"
            )
        # bool is an int to Python, but True is a label and no similarity.
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise DatasetError(f"{raw.where(index)}: the gold value {value!r} is no number")
        if isinstance(value, float) and not math.isfinite(value):
            raise DatasetError(f"{raw.where(index)}: the gold value is {value}, which is no score")
        if not low <= value <= high:
            raise DatasetError(
                f"{raw.where(index)}: the gold value {value!s:.24} is outside {low:g} to {high:g}: "
                f"correct it, or the range that the task {task.name} declares"
            )
    if all(value == raw.gold[0] for value in raw.gold):
        raise DatasetError(
            f"{raw.source}: all {len(raw.gold)} gold values are {raw.gold[0]:g}, so nothing can be "
            "ranked against them: a wrong column, or a placeholder for hidden labels"
        )
    return raw.gold
