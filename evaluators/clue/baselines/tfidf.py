"""Linear models on character n-grams: the family decides which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset

Answers = tuple[list[Any], NDArray[np.float32] | None]


def answers(train: ClueDataset, scored: ClueDataset, seed: int) -> Answers:
    """Return one answer an example, and probabilities where the model has them."""
    if train.family == "classification":
        from evaluators.clue.baselines.classification import classify

        return classify(train, scored, seed)
    if train.family == "choice":
        from evaluators.clue.baselines.choice import choose

        return choose(train, scored, seed)
    if train.family == "span":
        from evaluators.clue.baselines.span import pick

        return pick(train, scored, seed), None
    from evaluators.clue.baselines.entity import tag

    return tag(train, scored, seed), None
