"""Predictions as a table of plain values, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.clue.examples import Entity
from evaluators.clue.predictions import Predictions
from evaluators.errors import ScoreError
from evaluators.result import Table

NAME = "predictions"


def to_table(predictions: Predictions, *, task: str, split: str) -> Table:
    """Return predictions as `Result.tables` takes them.

    Args:
        predictions: One answer an example.
        task: Name of the task, for who reads the file alone.
        split: Name of the split.
    """
    columns: dict[str, Sequence[Any]] = {
        "id": list(predictions.ids),
        "gold": [_plain(predictions.family, each) for each in predictions.gold],
        "predicted": [_plain(predictions.family, each) for each in predictions.predicted],
    }
    if predictions.probabilities is not None:
        if not np.isfinite(predictions.probabilities).all():
            raise ScoreError(f"{task}: some probabilities are NaN or infinite")
        columns["probabilities"] = predictions.probabilities.astype(np.float32).tolist()
    about = {
        "task": task,
        "split": split,
        "family": predictions.family,
        "labels": list(predictions.labels),
    }
    return Table(NAME, columns, about)


def from_table(table: Table) -> Predictions:
    """Return the predictions of a table.

    Raises:
        ScoreError: It holds something else.
    """
    try:
        family, columns = table.about["family"], table.columns
        probabilities = columns.get("probabilities")
        return Predictions(
            family=family,
            labels=tuple(table.about["labels"]),
            ids=tuple(columns["id"]),
            gold=tuple(_answer(family, each, gold=True) for each in columns["gold"]),
            predicted=tuple(_answer(family, each) for each in columns["predicted"]),
            probabilities=None
            if probabilities is None
            else np.array(probabilities, dtype=np.float32),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(f"the table {table.name} holds no predictions: {error!r}") from error


def _plain(family: str, answer: Any) -> Any:
    if family == "entity" and answer is not None:
        return [entity._asdict() for entity in answer]
    return list(answer) if isinstance(answer, tuple) else answer


def _answer(family: str, found: Any, *, gold: bool = False) -> Any:
    if found is None:
        return None
    if family == "entity":
        return tuple(Entity(**entity) for entity in found)
    return tuple(found) if family == "span" and gold else found
