"""What is asked of a training set and of what is scored, before anything is trained."""

from __future__ import annotations

from evaluators.clue.dataset import ClueDataset
from evaluators.errors import DatasetError, TrainingError


def demand_labels(dataset: ClueDataset) -> None:
    """Refuse a split whose labels are hidden, or that is empty.

    Raises:
        TrainingError: There are no examples.
        DatasetError: An example has no label.
    """
    name = f"{dataset.task}/{dataset.split}"
    if not len(dataset):
        raise TrainingError(f"{name} has no examples: name another split")
    for example in dataset.examples:
        for key in ("label", "answer", "answers", "entities"):
            # no entity is an answer, no accepted answer is none
            value = getattr(example, key, 0)
            if value is None or (key == "answers" and value == ()):
                raise DatasetError(
                    f"{name}: example {example.id!r} has no label: its labels are hidden, so it is"
                    " neither trained on nor scored; name a labelled split"
                )


def demand_fit(train: ClueDataset, asked: ClueDataset) -> None:
    """Refuse a training set whose answers mean something else.

    Raises:
        TrainingError: Another family, or other labels.
    """
    if (train.family, train.labels) != (asked.family, asked.labels):
        raise TrainingError(
            f"{train.task} ({train.family}, labels {list(train.labels)[:6]}) cannot train for"
            f" {asked.task} ({asked.family}, labels {list(asked.labels)[:6]}): they must agree"
        )
