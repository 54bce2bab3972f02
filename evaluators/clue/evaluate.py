"""Evaluate one CLUE job: validate its data sets, train and answer, correct, score."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from evaluators.clue import tasks
from evaluators.clue.leaks import without_leaks
from evaluators.clue.metrics import scored
from evaluators.clue.modes import MODES
from evaluators.clue.task import split_ref
from evaluators.errors import DatasetError, MethodError, TrainingError
from evaluators.evaluator import DatasetRef
from evaluators.result import Result
from evaluators.trainer.can import can
from evaluators.trainer.labelled_data import LabelledDataset
from evaluators.trainer.predictions import to_table
from evaluators.trainer.training.batches import cut

if TYPE_CHECKING:
    from evaluators.evaluator import Session
    from evaluators.job import Job
    from evaluators.trainer.labelled_data import TextExample
    from evaluators.trainer.predictions import Predictions


def validate_labels(dataset: LabelledDataset) -> None:
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
                    f"{name}: example {example.id!r} has a hidden label, so it can be neither"
                    " trained on nor scored; name a labelled split"
                )


def validate_fit(train: LabelledDataset, asked: LabelledDataset) -> None:
    """Refuse a training set whose answers mean something else.

    Raises:
        TrainingError: Another family, or other labels.
    """
    if (train.family, train.labels) != (asked.family, asked.labels):
        raise TrainingError(
            f"{train.task} ({train.family}, labels {list(train.labels)[:6]}) cannot train for"
            f" {asked.task} ({asked.family}, labels {list(asked.labels)[:6]}): family and labels"
            " must be the same"
        )


def corrected(
    post: Mapping[str, Any], predictions: Predictions, train: LabelledDataset
) -> Predictions:
    """Return predictions corrected by CAN, its prior the shares of the classes in train.

    Where train lacks a class, one example is added to each: no prior may be 0.

    Args:
        post: `name: can` and its options.
        predictions: Of a classification task.
        train: Where the prior is from.

    Raises:
        MethodError: There are no probabilities of classes, or no prediction is sure enough.
    """
    if predictions.family != "classification" or predictions.probabilities is None:
        raise MethodError(
            f"can corrects class probabilities, and {train.task} has none in this mode: leave post"
            " out"
        )
    labels = [one.label for one in cast("tuple[TextExample, ...]", train.examples)]
    counts = np.bincount(np.array(labels, dtype=np.int64), minlength=len(predictions.labels))
    if not counts.all():
        counts = counts + 1
    options = {key: value for key, value in post.items() if key != "name"}
    rows = predictions.probabilities.astype(np.float64)
    found = can(rows / rows.sum(axis=1, keepdims=True), counts / counts.sum(), **options)
    best = [int(label) for label in found.probabilities.argmax(axis=1)]
    return replace(
        predictions,
        predicted=tuple(best),
        probabilities=found.probabilities.astype(np.float32),
    )


def evaluate(job: Job, session: Session) -> Result:
    """Run one job.

    Raises:
        DatasetError: A split has no labels, changed since the plan was expanded, or train and
            scored set leak into each other.
        TrainingError: There is nothing to train on, or training failed.
        CheckpointError: The checkpoint cannot be used.
        MethodError: Mode, head or method do not fit the task.
    """
    given, started = job.parameters, time.perf_counter()
    task = tasks.find(job.task)
    train: LabelledDataset = session.load(split_ref(given["trained_on"]), given["train_digest"])
    asked: LabelledDataset = session.load(
        DatasetRef(job.task, given["split"], "clue"), job.dataset_digest
    )
    submit = bool(given.get("submit"))
    for dataset in (train,) if submit else (train, asked):
        validate_labels(dataset)
    validate_fit(train, asked)
    train = cut(without_leaks(train, asked, leaks=given["leaks"]), given["max_train"], job.seed)
    # The same examples whatever the seed, so that arms and seeds stay paired.
    asked = cut(asked, given["max_scored"], 0)
    found = MODES[given["mode"]](job, task, train, asked, session)
    # A hidden split has answers for a submission, and nothing that could be scored.
    scores = [] if submit else [*scored(task, found.predictions, seed=0), *found.scores]
    answers = found.predictions
    cost: dict[str, Any] = {
        **found.cost,
        "train_examples_kept": len(train),
        "left_out_of_train": dict(train.dropped),
        "left_out_of_scored": dict(asked.dropped),
    }
    if given.get("post"):
        try:
            after = corrected(given["post"], found.predictions, train)
        except MethodError as error:  # training took long: what it gave is kept
            cost["post_not_possible"] = str(error)
        else:
            answers = after if submit else answers
            variant = {"post": given["post"]["name"]}
            scores += [
                replace(score, variant={**score.variant, **variant})
                for score in (() if submit else scored(task, after, seed=0))
            ]
    cost["seconds"] = time.perf_counter() - started
    table = to_table(answers, task=job.task, split=given["split"])
    return Result(tuple(scores), found.curves, cost, (table,))
