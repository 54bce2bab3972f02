"""The modes of the evaluator `clue`: how the examples of a scored split come to be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evaluators.clue.metrics import metrics_of
from evaluators.result import Curve, Score
from evaluators.trainer import heads

if TYPE_CHECKING:
    from evaluators.clue.task import ClueTask
    from evaluators.evaluator import Session
    from evaluators.job import Job
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.predictions import Predictions


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


def _finetune(
    job: Job, task: ClueTask, train: LabelledDataset, asked: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.training.finetune import finetune
    from evaluators.trainer.training.recipe import Recipe

    given = job.parameters
    head = heads.of_job(given["head_name"], given["head_options"])
    said = heads.look(heads.find(train.family, head), train)
    own = {key: given[key] for key in Recipe.__dataclass_fields__ if key in given}
    recipe = Recipe(
        **{
            **own,
            "head": head,
            "method": {"name": given["method_name"], **given["method_options"]},
            "dtype": job.dtype,
            "seed": job.seed,
        }
    )

    def worth(predictions: Predictions) -> float:
        return metrics_of(task, predictions)[0].total

    found = finetune(
        session.folder,
        train,
        asked,
        recipe,
        metric=task.main_metric,
        worth=worth,
        device=session.device,
        work=session.work,
        identity=job.job_key,
        progress=session.progress,
    )
    curves = [Curve("train_loss", "epoch", 1, tuple(found.course.losses))]
    if found.course.chosen_by:
        where = "held-out" if recipe.selection == "held-out" else given["split"]
        values = tuple(found.course.chosen_by)
        curves.append(Curve(task.main_metric, "epoch", 1, values, {"chosen_on": where}))
    return Answered(found.predictions, {**found.cost, **said}, curves=tuple(curves))


def _probe(
    job: Job, task: ClueTask, train: LabelledDataset, asked: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.probing.probe import Probe, probe

    given = job.parameters
    how = Probe(given["pooling"], given["max_length"], given["C"], job.dtype, session.device)
    found = probe(session.folder, train, asked, how, session.progress)
    return Answered(found.predictions, found.cost)


def _cosine(
    job: Job, task: ClueTask, train: LabelledDataset, asked: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.probing.cosine import by_cosine, validate_pairs
    from evaluators.trainer.probing.vectors import Vectors

    given, folder = job.parameters, session.folder
    metric: Literal["accuracy", "f1"] = "f1" if task.main_metric.endswith("f1") else "accuracy"
    validate_pairs(train)
    vectors = Vectors(
        folder,
        pooling=given["pooling"],
        dtype=job.dtype,
        device=session.device,
        max_length=given["max_length"],
        progress=session.progress,
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
    name: str,
    job: Job,
    task: ClueTask,
    train: LabelledDataset,
    asked: LabelledDataset,
    session: Session,
) -> Answered:
    from evaluators.clue import baselines

    found = baselines.predict(name, task, train, asked, seed=job.seed)
    return Answered(found, {"device": "cpu"})


MODES: dict[str, Callable[[Any, Any, Any, Any, Session], Answered]] = {
    "finetune": _finetune,
    "probe": _probe,
    "cosine": _cosine,
    "tfidf": partial(_baseline, "tfidf"),
    "constant": partial(_baseline, "constant"),
    "all-positive": partial(_baseline, "all-positive"),
}
