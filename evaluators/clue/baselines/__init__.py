"""Baselines that need no checkpoint: constant answers, and linear models on character n-grams.

Every number of a model stands beside these two. `predict` is all there is to call; it is
deterministic for a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluators.errors import MethodError, TrainingError
from evaluators.names import nearest
from evaluators.trainer.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evaluators.clue.task import ClueTask
    from evaluators.trainer.labelled_data import LabelledDataset

CONSTANT = "constant"
POSITIVE = "all-positive"
TFIDF = "tfidf"


def names(task: ClueTask) -> tuple[str, ...]:
    """Return the baselines that a task has.

    `all-positive` is there for tasks of two classes whose F1 is reported: the majority class has
    the best accuracy of all constants there, and always saying yes the best F1.
    """
    return (CONSTANT, *([POSITIVE] if task.positive is not None else []), TFIDF)


def predict(
    name: str, task: ClueTask, train: LabelledDataset, scored: LabelledDataset, *, seed: int = 0
) -> Predictions:
    """Return what a baseline says about every example.

    Args:
        name: `constant`, `all-positive` or `tfidf`.
        task: The task that is scored.
        train: What is learned from, labelled.
        scored: What is answered.
        seed: Of the linear models' order of examples.

    Raises:
        MethodError: The task has no such baseline.
        TrainingError: There is nothing to train on.
    """
    if name not in names(task):
        raise MethodError(f"{task.name} has no baseline {name!r}{nearest(name, names(task))}")
    if not len(train):
        raise TrainingError(f"{train.task}/{train.split} has no examples: name another split")
    if name == TFIDF:
        predicted, probabilities = _by_words(train, scored, seed)
    else:
        from evaluators.clue.baselines import constant

        positive = task.positive if name == POSITIVE else None
        predicted, probabilities = constant.answers(train, scored, positive), None
    return Predictions.of(scored, predicted, probabilities)


def _by_words(
    train: LabelledDataset, scored: LabelledDataset, seed: int
) -> tuple[list[Any], NDArray[np.float32] | None]:
    """Return the family's answers from words alone, and probabilities where it has them."""
    if train.family == "classification":
        from evaluators.clue.baselines.text_baselines import classify

        return classify(train, scored, seed)
    if train.family == "choice":
        from evaluators.clue.baselines.text_baselines import choose

        return choose(train, scored, seed)
    if train.family == "span":
        from evaluators.clue.baselines.span import pick

        return pick(train, scored, seed), None
    from evaluators.clue.baselines.entity import tag

    return tag(train, scored, seed), None
