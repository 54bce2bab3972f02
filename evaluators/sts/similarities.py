"""The similarity of every pair as a table of plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.result import Table
from evaluators.sts.dependence import SharedSentences, sentence_numbers

if TYPE_CHECKING:
    from evaluators.dataset import PairDataset

Floats = NDArray[np.float64]

NAME = "similarities"
_TYPES = {
    "pair": "int32",
    "gold": "float32",
    "similarity": "float32",
    "first": "int32",
    "second": "int32",
}


@dataclass(frozen=True)
class Similarities:
    """What a checkpoint said about every pair, beside the gold.

    float32 keeps a file small. Two cosines that differ by less than 6e-8 become equal, so the
    Spearman of these numbers may differ from the run's own score in the sixth digit or later.

    Attributes:
        task: Name of the task.
        split: Name of its split.
        dataset_digest: Of the rows.
        gold: Gold similarities, float32 values, shape (n,).
        similarity: Cosines on all dimensions that the run kept, float32 values, shape (n,).
        subsets: Name of the sub-dataset of each pair, length n, or None.
        shared: Numbers of the two sentences of each pair; None for runs from before they were kept.
    """

    task: str
    split: str
    dataset_digest: str
    gold: Floats
    similarity: Floats
    subsets: tuple[str, ...] | None = None
    shared: SharedSentences | None = None

    def __len__(self) -> int:
        return len(self.gold)


def to_table(dataset: PairDataset, similarity: Floats) -> Table:
    """Return similarities as a table of `Result.tables`, in the order of the rows.

    Args:
        dataset: The pairs.
        similarity: Similarity of each pair, shape (n,).

    Raises:
        ScoreError: A similarity is NaN or infinite.
    """
    if not np.isfinite(similarity).all():
        raise ScoreError(f"{dataset.task}: some similarities are NaN or infinite")
    first, second = sentence_numbers(dataset.first, dataset.second)
    columns: dict[str, list[int] | list[float] | list[str]] = {
        "pair": list(range(len(dataset))),
        "gold": _short(dataset.gold),
        "similarity": _short(similarity),
        "first": first.tolist(),
        "second": second.tolist(),
    }
    if dataset.subsets:
        columns["subset"] = list(dataset.subsets)
    about = {"task": dataset.task, "split": dataset.split, "dataset_digest": dataset.digest}
    return Table(NAME, columns, about, _TYPES)


def from_table(table: Table) -> Similarities:
    """Return the similarities of a table.

    Raises:
        ScoreError: The table does not hold similarities.
    """
    try:
        columns, about = table.columns, table.about
        subsets = columns.get("subset")
        gold, similarity = (
            np.array(columns[name], dtype=np.float64) for name in ("gold", "similarity")
        )
        stored = Similarities(
            task=str(about["task"]),
            split=str(about["split"]),
            dataset_digest=str(about["dataset_digest"]),
            gold=gold,
            similarity=similarity,
            subsets=None if subsets is None else tuple(map(str, subsets)),
            shared=_shared(columns),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScoreError(f"the table {table.name} holds no similarities: {error!r}") from error
    if gold.ndim != 1 or not (np.isfinite(gold).all() and np.isfinite(similarity).all()):
        raise ScoreError(f"the table {table.name} holds similarities that are not finite numbers")
    return stored


def _shared(columns: Mapping[str, Sequence[Any]]) -> SharedSentences | None:
    """Return the sentences of each pair, None where a table of an older run has none."""
    if "first" not in columns and "second" not in columns:
        return None
    first, second = (np.array(columns[name]) for name in ("first", "second"))
    if first.ndim != 1 or first.dtype.kind != "i" or second.dtype != first.dtype:
        raise ValueError("numbers of sentences must be whole numbers")
    return SharedSentences(first, second)


def _short(values: Floats) -> list[float]:
    """Return float32 values as their shortest decimals, which halves the JSON."""
    return [float(str(value)) for value in values.astype(np.float32)]
