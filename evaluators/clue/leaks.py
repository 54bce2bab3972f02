"""Find and remove examples that are in both the training set and the scored set."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, NamedTuple, get_args

from evaluators.clue import tasks
from evaluators.errors import DatasetError
from evaluators.names import nearest
from evaluators.trainer.labelled_data import ChoiceExample, Example, LabelledDataset, content

Policy = Literal["refuse", "drop", "keep"]
"""Treatment of examples in both sets: see `without_leaks`."""


class Overlap(NamedTuple):
    """Examples of a training set that are also scored.

    Attributes:
        train: Positions in the training set.
        scored: Positions in the scored set.
    """

    train: tuple[int, ...]
    scored: tuple[int, ...]


def without_leaks(
    train: LabelledDataset, scored: LabelledDataset, *, leaks: Policy = "refuse"
) -> LabelledDataset:
    """Return the training set without examples that are also scored.

    Args:
        train: Training set.
        scored: Data set to score.
        leaks: `refuse` raises; `drop` leaves the common examples out of training and counts them
            in `dropped`; `keep` trains on them, as published, which is allowed only between
            splits of one task that are not declared to leak.

    Raises:
        DatasetError: The two share examples and that is not allowed, with their number and one of
            them; or a task declares that they do, though no text agrees; or nothing is left.
    """
    if leaks not in get_args(Policy):
        raise DatasetError(f"leaks has no value {leaks!r}{nearest(leaks, get_args(Policy))}")
    how = declared_leak(train, scored)
    common = overlap(train, scored)
    if not common.train and not how:
        return train
    train_name, scored_name = _name(train), _name(scored)
    facts = _facts(train, scored, common, how)
    if leaks == "keep" and train.task == scored.task and not how:
        return train
    if leaks == "keep":
        raise DatasetError(
            f"{facts}: they cannot be kept; train on another split than {train_name}"
        )
    if leaks == "drop" and common.train:
        return without(train, common.train, f"also in {scored_name}")
    if leaks == "drop":
        raise DatasetError(
            f"{facts}. They have no text in common, so the shared rows cannot be found and"
            f" dropped: train on another split than {train_name}"
        )
    drop = f", or say `leaks: drop` to leave the {len(common.train)} rows out of training"
    keep = ", or `leaks: keep` to train as published"
    raise DatasetError(
        f"{facts}: train on another split{drop if common.train else ''}"
        f"{keep if train.task == scored.task and not how else ''}"
    )


def overlap(train: LabelledDataset, scored: LabelledDataset) -> Overlap:
    """Find the examples that are in both sets, regardless of their labels.

    Examples are the same if all their texts are, apart from width, case and white space; the order
    of the texts of a pair, or of choices, does not matter. A shared context alone is not a leak.
    """
    left = [_key(example) for example in train.examples]
    right = [_key(example) for example in scored.examples]
    common = set(left) & set(right)
    return Overlap(
        tuple(number for number, key in enumerate(left) if key in common),
        tuple(number for number, key in enumerate(right) if key in common),
    )


def without(train: LabelledDataset, positions: Iterable[int], reason: str) -> LabelledDataset:
    """Return a training set without some examples, which are counted in `dropped`.

    Raises:
        DatasetError: Nothing is left.
    """
    gone = set(positions)
    left = tuple(example for number, example in enumerate(train.examples) if number not in gone)
    if not left:
        raise DatasetError(
            f"every example of {_name(train)} is {reason}, so nothing is left to train on: "
            "train on another split"
        )
    return replace(train, examples=left, dropped=(*train.dropped, (reason, len(gone))))


def declared_leak(train: LabelledDataset, scored: LabelledDataset) -> str:
    """Return how two sets share examples, as a task declares it; empty if none does."""
    for first, second in ((train, scored), (scored, train)):
        for leak in tasks.find(first.task).leaks:
            if leak.split in (first.split, "*") and leak.other == _name(second):
                return leak.how
    return ""


def _key(example: Example) -> tuple[str, ...]:
    texts = [_folded(text) for text in content(example)]
    if isinstance(example, ChoiceExample):
        return (*texts[:2], *sorted(texts[2:]))
    return tuple(sorted(texts))


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _name(dataset: LabelledDataset) -> str:
    return f"{dataset.task}/{dataset.split}"


def _facts(train: LabelledDataset, scored: LabelledDataset, common: Overlap, how: str) -> str:
    reason = f" ({how})" if how else ""
    if not common.train:
        return f"{_name(train)} and {_name(scored)} hold the same examples{reason}"
    return (
        f"{len(common.train)} of {len(train)} examples of {_name(train)} are also in "
        f"{_name(scored)}, where they are {len(common.scored)} of {len(scored)}{reason}; one is "
        f"{train.examples[common.train[0]].id!r} there and "
        f"{_twin(train, scored, common)!r} here"
    )


def _twin(train: LabelledDataset, scored: LabelledDataset, common: Overlap) -> str:
    key = _key(train.examples[common.train[0]])
    return next(
        scored.examples[number].id
        for number in common.scored
        if _key(scored.examples[number]) == key
    )
