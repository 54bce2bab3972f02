"""Baselines that need no checkpoint: constant answers, and linear models on character n-grams.

The score of a model is compared with these. `predict` is the only entry point; it is deterministic
for a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evaluators.errors import MethodError, TrainingError
from evaluators.names import nearest
from evaluators.trainer.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evaluators.clue.task import ClueTask
    from evaluators.trainer.labelled_data import LabelledDataset, Triple

CONSTANT = "constant"
POSITIVE = "all-positive"
TFIDF = "tfidf"


def names(task: ClueTask) -> tuple[str, ...]:
    """Return the names of a task's baselines.

    `all-positive` is for tasks of two classes whose F1 is reported: of all constant answers the
    majority class has the best accuracy, and the positive class the best F1.
    """
    return (CONSTANT, *([POSITIVE] if task.positive is not None else []), TFIDF)


def predict(
    name: str,
    task: ClueTask,
    train: LabelledDataset,
    scored: LabelledDataset,
    graph: Sequence[Triple] = (),
    *,
    seed: int = 0,
) -> Predictions:
    """Return a baseline's predictions of every example.

    Args:
        name: `constant`, `all-positive` or `tfidf`.
        task: The task that is scored.
        train: Labelled training set.
        scored: Data set to predict.
        graph: The edges that may be answered; empty for families without a graph.
        seed: Seed of the order of examples in linear models.

    Raises:
        MethodError: The task has no such baseline.
        TrainingError: There is nothing to train on.
    """
    if name not in names(task):
        raise MethodError(f"{task.name} has no baseline {name!r}{nearest(name, names(task))}")
    if not len(train):
        raise TrainingError(f"{train.task}/{train.split} has no examples: name another split")
    if task.family == "triple":
        from evaluators.clue.baselines import triple

        find = triple.look_up if name == TFIDF else triple.constant
        return Predictions.of(scored, find(train, scored, graph))
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
    """Return the linear model's predictions, and probabilities where the family has them."""
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
