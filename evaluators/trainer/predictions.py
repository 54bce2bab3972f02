"""Predictions of every example, stored so that any metric can be computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.result import Table
from evaluators.trainer.labelled_data import Entity, Family, Triple, gold

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


Repeat = tuple[int, int, int]
"""Start and end of a piece of a text, and the place where the same text first stands in it."""


@dataclass(frozen=True)
class Predictions:
    """The predicted and the right answer of every example.

    Attributes:
        family: What gold and predicted answers are: a position (classification, choice), text
            (span; gold is a tuple of accepted texts), a tuple of `Entity`, or a `Triple`.
        labels: Those of the dataset.
        ids: Id of each example, length n.
        gold: The right answers, length n; None where they are hidden.
        predicted: The model's answers, length n.
        probabilities: Of each class or choice, float32, shape (n, classes); rows with fewer
            choices end in zeros. None where the model gives none.
        clusters: Number of each example's context, length n: examples of one context are drawn
            together. None where no context is shared, and in tables of older runs.
        repeats: Entities of each example whose text stands earlier in it, length n; None for other
            families, and in tables of older runs.
    """

    family: Family
    labels: tuple[str, ...]
    ids: tuple[str, ...]
    gold: tuple[Any, ...]
    predicted: tuple[Any, ...]
    probabilities: NDArray[np.float32] | None = None
    clusters: tuple[int, ...] | None = None
    repeats: tuple[tuple[Repeat, ...], ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(
        cls,
        dataset: LabelledDataset,
        predicted: Sequence[Any],
        probabilities: NDArray[np.float32] | None = None,
    ) -> Predictions:
        """Pair a model's answers with the right ones of a data set, in its order."""
        return cls(
            family=dataset.family,
            labels=dataset.labels,
            ids=tuple(example.id for example in dataset.examples),
            gold=tuple(gold(example) for example in dataset.examples),
            predicted=tuple(predicted),
            probabilities=probabilities,
        )


NAME = "predictions"


def to_table(
    predictions: Predictions,
    *,
    task: str,
    split: str,
    corrected: Predictions | None = None,
) -> Table:
    """Return predictions as a table of `Result.tables`.

    Args:
        predictions: One answer for each example.
        task: Name of the task, for a reader who has the file only.
        split: Name of the split.
        corrected: The same after the post-processing of the run; None where there is none.
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
    if predictions.clusters is not None:
        columns["cluster"] = list(predictions.clusters)
    if predictions.repeats is not None:
        columns["repeats"] = [[list(each) for each in row] for row in predictions.repeats]
    if corrected is not None:
        columns["corrected"] = [_plain(corrected.family, each) for each in corrected.predicted]
    about = {
        "task": task,
        "split": split,
        "family": predictions.family,
        "labels": list(predictions.labels),
    }
    return Table(NAME, columns, about)


def from_table(table: Table, *, corrected: bool = False) -> Predictions:
    """Return the predictions of a table.

    Args:
        table: As `to_table` makes it.
        corrected: Take the answers after the post-processing of the run, without probabilities.

    Raises:
        ScoreError: The table does not hold predictions, or no corrected ones.
    """
    try:
        family, columns = table.about["family"], table.columns
        clusters, repeats = columns.get("cluster"), columns.get("repeats")
        probabilities = None if corrected else columns.get("probabilities")
        answers = columns["corrected" if corrected else "predicted"]
        return Predictions(
            family=family,
            labels=tuple(table.about["labels"]),
            ids=tuple(columns["id"]),
            gold=tuple(_answer(family, each, gold=True) for each in columns["gold"]),
            predicted=tuple(_answer(family, each) for each in answers),
            probabilities=None
            if probabilities is None
            else np.array(probabilities, dtype=np.float32),
            clusters=None if clusters is None else tuple(map(int, clusters)),
            repeats=None if repeats is None else tuple(map(_repeats, repeats)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(f"the table {table.name} holds no predictions: {error!r}") from error


def _repeats(row: Sequence[Sequence[int]]) -> tuple[Repeat, ...]:
    return tuple((int(start), int(end), int(first)) for start, end, first in row)


def _plain(family: str, answer: Any) -> Any:
    if family == "entity" and answer is not None:
        return [entity._asdict() for entity in answer]
    return list(answer) if isinstance(answer, tuple) else answer


def _answer(family: str, value: Any, *, gold: bool = False) -> Any:
    if value is None:
        return None
    if family == "entity":
        return tuple(Entity(**entity) for entity in value)
    if family == "triple":
        return Triple(*value)
    return tuple(value) if family == "span" and gold else value
