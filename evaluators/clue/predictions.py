"""What a model said about every example, kept so that any metric can be computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.examples import gold
from evaluators.clue.task import Family

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset


@dataclass(frozen=True)
class Predictions:
    """One answer an example, beside the one that is right.

    Attributes:
        family: What gold and predicted answers are: a position (classification, choice), text
            (span; gold is a tuple of accepted texts), or a tuple of `Entity`.
        labels: As the dataset's.
        ids: Identity of each example, length n.
        gold: The right answers, length n; None where they are hidden.
        predicted: The model's, length n.
        probabilities: Of each class or choice, float32, shape (n, classes); rows with fewer
            choices end in zeros. None where the model gives none.
    """

    family: Family
    labels: tuple[str, ...]
    ids: tuple[str, ...]
    gold: tuple[Any, ...]
    predicted: tuple[Any, ...]
    probabilities: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(
        cls,
        dataset: ClueDataset,
        predicted: Sequence[Any],
        probabilities: NDArray[np.float32] | None = None,
    ) -> Predictions:
        """Put answers beside the right ones of a data set, in its order."""
        return cls(
            family=dataset.family,
            labels=dataset.labels,
            ids=tuple(example.id for example in dataset.examples),
            gold=tuple(gold(example) for example in dataset.examples),
            predicted=tuple(predicted),
            probabilities=probabilities,
        )
