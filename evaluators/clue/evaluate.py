"""One job of the evaluator `clue`, from its data sets to its scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evaluators.clue import tasks
from evaluators.clue.kept import to_table
from evaluators.clue.leaks import demand_no_leak
from evaluators.clue.metrics import metrics_of, scored
from evaluators.clue.post import corrected
from evaluators.clue.training.parts import cut
from evaluators.errors import CheckpointError, DatasetError, MethodError, TrainingError
from evaluators.registry import DatasetRef
from evaluators.result import Curve, Result, Score

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.predictions import Predictions
    from evaluators.clue.task import ClueTask
    from evaluators.job import Job
    from evaluators.registry import Progress


class Answered(NamedTuple):
    """What a mode came to.

    Attributes:
        predictions: For every example of the scored split.
        cost: Provenance, as plain JSON.
        scores: Beside those of the predictions.
        curves: Over the epochs.
    """

    predictions: Predictions
    cost: Mapping[str, Any]
    scores: tuple[Score, ...] = ()
    curves: tuple[Curve, ...] = ()


class Place(NamedTuple):
    """Where a job runs.

    Attributes:
        folder: The checkpoint; None where the mode needs none.
        device: torch's name; None takes CUDA where there is one.
        work: Where a run keeps its state between epochs; None keeps none.
        progress: Told about every batch.
    """

    folder: Path | None
    device: str | None = None
    work: Path | None = None
    progress: Progress | None = None


def evaluate(job: Job, load: Callable[[DatasetRef], ClueDataset], place: Place) -> Result:
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
    train = load(_ref(given["trained_on"]))
    asked = load(DatasetRef(job.task, given["split"], "clue"))
    if (train.digest, asked.digest) != (given["train_digest"], job.dataset_digest):
        raise DatasetError(
            f"the data of {job.task} or {given['trained_on']} changed after the plan was expanded:"
            " run it again"
        )
    for dataset in (train, asked):
        demand_labels(dataset)
    demand_fit(train, asked)
    train = cut(demand_no_leak(train, asked, leaks=given["leaks"]), given["max_train"], job.seed)
    # The same examples whatever the seed, so that arms and seeds stay paired.
    asked = cut(asked, given["max_scored"], 0)
    found = MODES[given["mode"]](job, task, train, asked, place)
    scores = [*scored(task, found.predictions, seed=0), *found.scores]
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
            variant = {"post": given["post"]["name"]}
            scores += [
                replace(score, variant={**score.variant, **variant})
                for score in scored(task, after, seed=0)
            ]
    cost["seconds"] = time.perf_counter() - started
    table = to_table(found.predictions, task=job.task, split=given["split"])
    return Result(tuple(scores), found.curves, cost, (table,))


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


def _ref(name: str) -> DatasetRef:
    task, _, split = name.partition("/")
    return DatasetRef(task, split, "clue")


def _folder(place: Place, mode: str) -> Path:
    if place.folder is None:
        raise CheckpointError(f"clue in mode {mode} needs a checkpoint: name one in the plan")
    return place.folder


def _finetune(
    job: Job, task: ClueTask, train: ClueDataset, asked: ClueDataset, place: Place
) -> Answered:
    from evaluators.clue.training.finetune import finetune
    from evaluators.clue.training.recipe import Recipe

    given = job.parameters
    own = {key: given[key] for key in Recipe.__dataclass_fields__ if key in given}
    recipe = Recipe(
        **{
            **own,
            "head": {"name": given["head_name"], **given["head_options"]},
            "method": {"name": given["method_name"], **given["method_options"]},
            "dtype": job.dtype,
            "seed": job.seed,
        }
    )

    def worth(predictions: Predictions) -> float:
        return metrics_of(task, predictions)[0].total

    found = finetune(
        _folder(place, "finetune"),
        train,
        asked,
        recipe,
        metric=task.main_metric,
        worth=worth,
        device=place.device,
        work=place.work,
        identity=job.job_key,
        progress=place.progress,
    )
    curves = [Curve("train_loss", "epoch", 1, tuple(found.course.losses))]
    if found.course.chosen_by:
        where = "held-out" if recipe.selection == "held-out" else given["split"]
        values = tuple(found.course.chosen_by)
        curves.append(Curve(task.main_metric, "epoch", 1, values, {"chosen_on": where}))
    return Answered(found.predictions, found.cost, curves=tuple(curves))


def _probe(
    job: Job, task: ClueTask, train: ClueDataset, asked: ClueDataset, place: Place
) -> Answered:
    from evaluators.clue.probing.probe import Probe, probe

    given = job.parameters
    how = Probe(given["pooling"], given["max_length"], given["C"], job.dtype, place.device)
    found = probe(_folder(place, "probe"), train, asked, how, place.progress)
    return Answered(found.predictions, found.cost)


def _cosine(
    job: Job, task: ClueTask, train: ClueDataset, asked: ClueDataset, place: Place
) -> Answered:
    from evaluators.clue.probing.cosine import by_cosine, demand_pairs
    from evaluators.clue.probing.vectors import Vectors

    given, folder = job.parameters, _folder(place, "cosine")
    metric: Literal["accuracy", "f1"] = "f1" if task.main_metric.endswith("f1") else "accuracy"
    demand_pairs(train)
    vectors = Vectors(
        folder,
        pooling=given["pooling"],
        dtype=job.dtype,
        device=place.device,
        max_length=given["max_length"],
        progress=place.progress,
    )
    found = by_cosine(
        vectors,
        train,
        asked,
        positive=task.positive or task.labels[1],
        metric=metric,
    )
    cost = {"device": str(vectors.encoder.loaded.device)}
    extra = (
        Score("threshold", found.threshold, len(train), {"fitted_on": given["trained_on"]}),
        Score(f"train_{metric}", found.worth, len(train), {"fitted_on": given["trained_on"]}),
    )
    return Answered(found.predictions, cost, extra)


def _baseline(
    name: str, job: Job, task: ClueTask, train: ClueDataset, asked: ClueDataset, place: Place
) -> Answered:
    from evaluators.clue import baselines

    found = baselines.predict(name, task, train, asked, seed=job.seed)
    return Answered(found, {"device": "cpu"})


MODES: dict[str, Callable[[Any, Any, Any, Any, Place], Answered]] = {
    "finetune": _finetune,
    "probe": _probe,
    "cosine": _cosine,
    "tfidf": partial(_baseline, "tfidf"),
    "constant": partial(_baseline, "constant"),
    "all-positive": partial(_baseline, "all-positive"),
}
