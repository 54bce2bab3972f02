"""Training data of sentence vectors: sentences or labelled pairs, none of them a scored pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from evaluators.sts.score import check_pairs
from evaluators.sts_training.methods.joint import NLI_CLASSES
from evaluators.sts_training.objective import Batch
from evaluators.task import PairTask
from evaluators.trainer.labelled_data import LabelledDataset, TextExample

Ints = NDArray[np.int64]

# Streams of one seed, so that draws for one purpose do not change those for another.
_SENTENCES, _ORDER, _CUT = range(3)
_HELD_OUT_SEED = 0  # the same pairs for every arm and seed


@dataclass(frozen=True)
class TrainingData:
    """What batches are made of.

    Attributes:
        sentences: Distinct sentences.
        rows: Place of the sentence or sentences of each example, (examples, 1 or 2).
        labels: Label of each example, or None.
        tasks: Which classes belong to the task of each example, or None.
    """

    sentences: tuple[str, ...]
    rows: Ints
    labels: Tensor | None = None
    tasks: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: Ints, *, twins: bool) -> Batch:
        """Return some examples as a batch, the sentences of single ones once more for twins."""
        rows = torch.from_numpy(self.rows[places].T.reshape(-1))
        chosen = torch.from_numpy(places)
        return Batch(
            torch.cat([rows, rows]) if twins else rows,
            None if self.labels is None else self.labels[chosen],
            None if self.tasks is None else self.tasks[chosen],
        )

    def duplicates(self, batches: Iterable[Ints]) -> int:
        """Return how many sentences of these batches are in their batch already."""
        return sum(self.rows[each].size - len(np.unique(self.rows[each])) for each in batches)


class Split(NamedTuple):
    """Training and validation pairs.

    Attributes:
        train: Pairs to train on.
        validation: Pairs on which the step is chosen.
        leaked: Number of training pairs that were left out, as they are scored.
    """

    train: PairDataset
    validation: PairDataset
    leaked: int

    def cut(self, most_train: int | None, most_validation: int | None) -> Split:
        """Return at most some pairs of each part, the same for every arm and seed.

        Raises:
            DatasetError: The grades of those that are left do not differ.
        """
        rng = np.random.default_rng([_HELD_OUT_SEED, _CUT])
        parts = []
        for part, most in ((self.train, most_train), (self.validation, most_validation)):
            places = np.sort(rng.permutation(len(part))[:most])
            parts.append(part if most is None else _part(part, places))
            check_pairs(parts[-1])
        return Split(parts[0], parts[1], self.leaked)


def split_pairs(
    train: PairDataset, validation: PairDataset, scored: PairDataset, held_out: float
) -> Split:
    """Return training pairs without those that are scored, and validation pairs.

    Where both are one split, a share of its pairs is held out for validation.

    Args:
        train: Pairs to train on.
        validation: Pairs to choose the step on.
        scored: Pairs of the score; the same two sentences in either order count as one pair.
        held_out: Share of the pairs that is held out of one split for both.

    Raises:
        DatasetError: One of the parts is empty, or its labels do not differ.
    """
    if train.digest == validation.digest:
        rng = np.random.default_rng(_HELD_OUT_SEED)
        order = rng.permutation(len(train))
        cut = max(1, round(held_out * len(train)))
        validation = _part(train, np.sort(order[:cut]))
        train = _part(train, np.sort(order[cut:]))
    kept = [
        [i for i, pair in enumerate(_pairs(part)) if pair not in known]
        for part, known in (
            (validation, frozenset(_pairs(scored))),
            (train, frozenset(_pairs(scored)) | frozenset(_pairs(validation))),
        )
    ]
    leaked = len(validation) + len(train) - sum(map(len, kept))
    validation, train = (
        _part(part, np.array(places, dtype=np.int64))
        for part, places in zip((validation, train), kept, strict=True)
    )
    for part in (train, validation, scored):
        check_pairs(part)
    return Split(train, validation, leaked)


def _pairs(dataset: PairDataset) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in zip(dataset.first, dataset.second, strict=True)]


def _part(dataset: PairDataset, places: Ints) -> PairDataset:
    return replace(
        dataset,
        first=tuple(dataset.first[i] for i in places),
        second=tuple(dataset.second[i] for i in places),
        gold=dataset.gold[places],
        subsets=dataset.subsets and tuple(dataset.subsets[i] for i in places),
    )


def sentences_of(pairs: PairDataset) -> tuple[str, ...]:
    """Return the distinct sentences of some pairs, in order of appearance."""
    return tuple(
        dict.fromkeys(s for pair in zip(pairs.first, pairs.second, strict=True) for s in pair)
    )


def of_sentences(sentences: Sequence[str], most: int, batch: int, seed: int) -> TrainingData:
    """Return distinct sentences as examples, at most a number of them, drawn by the seed.

    Raises:
        DatasetError: There are fewer than a batch.
    """
    distinct = list(dict.fromkeys(sentences))
    drawn = np.random.default_rng([seed, _SENTENCES]).permutation(len(distinct))[:most]
    data = TrainingData(tuple(distinct[i] for i in drawn), np.arange(len(drawn))[:, None])
    return _validate_batch(data, batch)


def of_pairs(pairs: PairDataset, task: PairTask, batch: int, *, whole: bool) -> TrainingData:
    """Return labelled pairs as examples.

    Args:
        pairs: The pairs.
        task: Their task, which declares the range of grades.
        batch: Pairs of a step.
        whole: Whether labels are whole grades from 0 on, or grades from 0 to 1.

    Raises:
        DatasetError: A grade is out of the task's range, or there are fewer pairs than a batch.
    """
    low, high = task.gold_range
    outside = (pairs.gold < low) | (pairs.gold > high)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise DatasetError(
            f"{pairs.task}/{pairs.split}: the grade of row {row} must be {low:g} to {high:g}, as"
            f" the task declares, got {pairs.gold[row]:g}: correct the row, or leave it out"
        )
    grades = pairs.gold - low
    labels = np.rint(grades).astype(np.int64) if whole else grades / (high - low)
    sentences, rows = _numbered(zip(pairs.first, pairs.second, strict=True))
    return _validate_batch(TrainingData(sentences, rows, torch.from_numpy(labels)), batch)


def grades(task: PairTask) -> int:
    """Return the number of whole grades of a task, both ends included."""
    low, high = task.gold_range
    return round(high - low) + 1


def of_two_label_sets(
    pairs: PairDataset, task: PairTask, inference: LabelledDataset, batch: int
) -> TrainingData:
    """Return matching and inference pairs as examples of one head, in equal numbers.

    The larger set is cut to the size of the smaller one, as published; its first examples stay.

    Raises:
        DatasetError: As `of_pairs`; or the second set has no pairs of three classes.
    """
    matching = of_pairs(pairs, task, batch, whole=True)
    assert matching.labels is not None  # noqa: S101 - pairs are labelled
    examples = [
        (e.text, e.pair, e.label)
        for e in inference.examples
        if isinstance(e, TextExample) and e.pair is not None and e.label is not None
    ]
    if len(inference.labels) != NLI_CLASSES or len(examples) < len(inference.examples):
        raise DatasetError(
            f"{inference.task}/{inference.split} must be pairs of {NLI_CLASSES} classes for the"
            f" method joint, got {len(inference.labels)} classes: name a task of inference as nli"
        )
    count, known = min(len(matching), len(examples)), grades(task)
    first = [matching.sentences[a] for a in matching.rows[:count, 0]]
    second = [matching.sentences[b] for b in matching.rows[:count, 1]]
    texts = [*zip(first, second, strict=True), *((a, b) for a, b, _ in examples[:count])]
    sentences, rows = _numbered(texts)
    own = torch.tensor([known + label for *_, label in examples[:count]])
    allowed = torch.zeros(2 * count, known + NLI_CLASSES, dtype=torch.bool)
    allowed[:count, :known] = True
    allowed[count:, known:] = True
    labels = torch.cat([matching.labels[:count], own])
    return _validate_batch(TrainingData(sentences, rows, labels, allowed), batch)


def batches(examples: int, batch: int, epochs: int, seed: int) -> list[Ints]:
    """Return the examples of every step of a training; an epoch's last, smaller batch is left out.

    A loss over a batch is another one with fewer examples.
    """
    steps = []
    for epoch in range(epochs):
        order = np.random.default_rng([seed, _ORDER, epoch]).permutation(examples)
        steps += [order[i : i + batch] for i in range(0, examples - batch + 1, batch)]
    return steps


def _numbered(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], Ints]:
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(s, len(numbers)) for s in pair] for pair in pairs]
    return tuple(numbers), np.array(rows, dtype=np.int64).reshape(-1, 2)


def _validate_batch(data: TrainingData, batch: int) -> TrainingData:
    if len(data) < batch:
        raise DatasetError(
            f"a batch must be at most the {len(data)} training examples, got {batch}: lower batch,"
            " or train on more"
        )
    return data
