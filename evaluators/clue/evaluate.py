"""Evaluate one CLUE job: validate its data sets, train and answer, correct, score."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from evaluators.clue import tasks
from evaluators.clue.contexts import clusters
from evaluators.clue.leaks import without_leaks
from evaluators.clue.metrics import scored
from evaluators.clue.modes import MODES
from evaluators.clue.near_duplicates import near_duplicates, without_near_duplicates
from evaluators.clue.surfaces import repeats
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
    """Validate that a split has examples, all with labels.

    Raises:
        TrainingError: There are no examples.
        DatasetError: An example has no label.
    """
    name = f"{dataset.task}/{dataset.split}"
    if not len(dataset):
        raise TrainingError(f"{name} has no examples: name another split")
    for example in dataset.examples:
        for key in ("label", "answer", "answers", "entities"):
            # An empty tuple of entities is a label; an empty tuple of answers is none.
            value = getattr(example, key, 0)
            if value is None or (key == "answers" and value == ()):
                raise DatasetError(
                    f"{name}: example {example.id!r} has a hidden label, so it can be neither"
                    " trained on nor scored; name a labelled split"
                )


def validate_fit(train: LabelledDataset, scored: LabelledDataset) -> None:
    """Validate that two data sets have the same family and labels.

    Raises:
        TrainingError: Family or labels differ.
    """
    if (train.family, train.labels) != (scored.family, scored.labels):
        raise TrainingError(
            f"{train.task} ({train.family}, labels {list(train.labels)[:6]}) cannot train for"
            f" {scored.task} ({scored.family}, labels {list(scored.labels)[:6]}): family and labels"
            " must be the same"
        )


def corrected(
    post: Mapping[str, Any], predictions: Predictions, train: LabelledDataset
) -> Predictions:
    """Correct predictions by CAN, with the shares of classes in train as its prior.

    Where train lacks a class, one is added to every count, as no prior may be 0.

    Args:
        post: `name: can` and its options.
        predictions: Predictions of a classification task.
        train: Data set for the prior.

    Raises:
        MethodError: There are no probabilities of classes, or no prediction is confident.
    """
    if predictions.family != "classification" or predictions.probabilities is None:
        raise MethodError(
            f"can corrects class probabilities, and {train.task} has none in this mode: leave post"
            " out"
        )
    labels = [example.label for example in cast("tuple[TextExample, ...]", train.examples)]
    counts = np.bincount(np.array(labels, dtype=np.int64), minlength=len(predictions.labels))
    if not counts.all():
        counts = counts + 1
    options = {key: value for key, value in post.items() if key != "name"}
    rows = predictions.probabilities.astype(np.float64)
    result = can(rows / rows.sum(axis=1, keepdims=True), counts / counts.sum(), **options)
    best = [int(label) for label in result.probabilities.argmax(axis=1)]
    return replace(
        predictions,
        predicted=tuple(best),
        probabilities=result.probabilities.astype(np.float32),
    )


def evaluate(job: Job, session: Session) -> Result:
    """Run one job.

    Raises:
        DatasetError: A split has no labels, changed since the plan was expanded, or train and
            scored set leak into each other.
        TrainingError: There is nothing to train on, or training failed.
        CheckpointError: The checkpoint cannot be used.
        MethodError: Mode, head or method does not fit the task.
    """
    params, started = job.parameters, time.perf_counter()
    task = tasks.find(job.task)
    train: LabelledDataset = session.load(split_ref(params["trained_on"]), params["train_digest"])
    scored_data: LabelledDataset = session.load(
        DatasetRef(job.task, params["split"], "clue"), job.dataset_digest
    )
    submit = bool(params.get("submit"))
    for dataset in (train,) if submit else (train, scored_data):
        validate_labels(dataset)
    validate_fit(train, scored_data)
    train = without_leaks(train, scored_data, leaks=params["leaks"])
    drop = params.get("near_duplicates") == "drop"
    if drop:
        train = without_near_duplicates(train, scored_data)
    train = cut(train, params["max_train"], job.seed)
    # The same examples for every seed, so that arms and seeds stay paired.
    scored_data = cut(scored_data, params["max_scored"], 0)
    answered = MODES[params["mode"]](job, task, train, scored_data, session)
    answers = replace(
        answered.predictions,
        clusters=clusters(scored_data),
        repeats=repeats(scored_data, answered.predictions),
    )
    # A hidden split has predictions for a submission, but no labels to score them by.
    scores = [] if submit else [*scored(task, answers, seed=0), *answered.scores]
    cost: dict[str, Any] = {
        **answered.cost,
        "train_examples_kept": len(train),
        "near_duplicates_in_train": 0 if drop else len(near_duplicates(train, scored_data)),
        "left_out_of_train": dict(train.dropped),
        "left_out_of_scored": dict(scored_data.dropped),
    }
    after_post = None
    if params.get("post"):
        try:
            post_predictions = corrected(params["post"], answers, train)
        except MethodError as error:  # training took long, so keep its result
            cost["post_not_possible"] = str(error)
        else:
            answers, after_post = (
                (post_predictions, None) if submit else (answers, post_predictions)
            )
            variant = {"post": params["post"]["name"]}
            scores += [
                replace(score, variant={**score.variant, **variant})
                for score in (() if submit else scored(task, post_predictions, seed=0))
            ]
    cost["seconds"] = time.perf_counter() - started
    table = to_table(answers, task=job.task, split=params["split"], corrected=after_post)
    return Result(tuple(scores), answered.curves, cost, (table,))
