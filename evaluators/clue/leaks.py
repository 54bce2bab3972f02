"""Training sets and scored sets that hold the same examples."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal, NamedTuple, get_args

from evaluators.clue import tasks
from evaluators.errors import DatasetError
from evaluators.names import nearest
from evaluators.trainer.labelled_data import ChoiceExample, Example, LabelledDataset, content

Policy = Literal["refuse", "drop", "keep"]
"""What is done about examples in both: see `without_leaks`."""


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
    """Return the training set once nothing in it is scored.

    Args:
        train: What is to be trained on.
        scored: What is to be scored.
        leaks: `refuse` raises; `drop` leaves the common examples out of training and counts them
            in `dropped`; `keep` trains on them, as published, which is allowed only between
            splits of one task that are not declared to leak.

    Raises:
        DatasetError: The two share examples and that is not allowed, with their number and one of
            them; or they are declared to, though no text agrees; or nothing is left.
    """
    if leaks not in get_args(Policy):
        raise DatasetError(f"leaks has no value {leaks!r}{nearest(leaks, get_args(Policy))}")
    how = declared_leak(train, scored)
    found = overlap(train, scored)
    if not found.train and not how:
        return train
    one, other = _name(train), _name(scored)
    facts = _facts(train, scored, found, how)
    if leaks == "keep" and train.task == scored.task and not how:
        return train
    if leaks == "keep":
        raise DatasetError(f"{facts}: they cannot be kept; train on another split than {one}")
    if leaks == "drop" and found.train:
        return _without(train, found, other)
    if leaks == "drop":
        raise DatasetError(
            f"{facts}. They have no text in common, so the shared rows cannot be found and"
            f" dropped: train on another split than {one}"
        )
    drop = f", or say `leaks: drop` to leave the {len(found.train)} rows out of training"
    keep = ", or `leaks: keep` to train as published"
    raise DatasetError(
        f"{facts}: train on another split{drop if found.train else ''}"
        f"{keep if train.task == scored.task and not how else ''}"
    )


def overlap(train: LabelledDataset, scored: LabelledDataset) -> Overlap:
    """Find the examples of both, whatever their labels.

    Examples are the same if all their texts are, once width, case and white space are left out;
    the texts of a pair, and choices, may be turned round. A shared context alone is no leak.
    """
    left = [_key(example) for example in train.examples]
    right = [_key(example) for example in scored.examples]
    common = set(left) & set(right)
    return Overlap(
        tuple(number for number, key in enumerate(left) if key in common),
        tuple(number for number, key in enumerate(right) if key in common),
    )


def declared_leak(train: LabelledDataset, scored: LabelledDataset) -> str:
    """Return how two sets came to share examples, as a task declares it; empty if none does."""
    for one, other in ((train, scored), (scored, train)):
        for leak in tasks.find(one.task).leaks:
            if leak.split in (one.split, "*") and leak.other == _name(other):
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


def _facts(train: LabelledDataset, scored: LabelledDataset, found: Overlap, how: str) -> str:
    why = f" ({how})" if how else ""
    if not found.train:
        return f"{_name(train)} and {_name(scored)} hold the same examples{why}"
    return (
        f"{len(found.train)} of {len(train)} examples of {_name(train)} are also in "
        f"{_name(scored)}, where they are {len(found.scored)} of {len(scored)}{why}; one is "
        f"{train.examples[found.train[0]].id!r} there and "
        f"{_twin(train, scored, found)!r} here"
    )


def _twin(train: LabelledDataset, scored: LabelledDataset, found: Overlap) -> str:
    key = _key(train.examples[found.train[0]])
    return next(
        scored.examples[number].id
        for number in found.scored
        if _key(scored.examples[number]) == key
    )


def _without(train: LabelledDataset, found: Overlap, other: str) -> LabelledDataset:
    gone = set(found.train)
    left = tuple(one for number, one in enumerate(train.examples) if number not in gone)
    if not left:
        raise DatasetError(
            f"every example of {_name(train)} is also in {other}, so nothing is left to train on: "
            "train on another split"
        )
    dropped = (*train.dropped, (f"also in {other}", len(gone)))
    return replace(train, examples=left, dropped=dropped)
