"""The modes of the evaluator `clue`: ways to predict the examples of a scored split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evaluators.clue.metrics import metrics_of
from evaluators.clue.task import split_ref
from evaluators.result import Curve, Score
from evaluators.trainer import heads

if TYPE_CHECKING:
    from evaluators.clue.task import ClueTask
    from evaluators.evaluator import Session
    from evaluators.job import Job
    from evaluators.trainer.labelled_data import LabelledDataset, Triple
    from evaluators.trainer.predictions import Predictions


class Answered(NamedTuple):
    """The result of a mode.

    Attributes:
        predictions: Predictions of every example of the scored split.
        cost: Provenance, as plain JSON.
        scores: Scores besides those of the predictions.
        curves: Curves over the epochs.
    """

    predictions: Predictions
    cost: Mapping[str, Any]
    scores: tuple[Score, ...] = ()
    curves: tuple[Curve, ...] = ()


def _finetune(
    job: Job, task: ClueTask, train: LabelledDataset, scored: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.training.finetune import finetune
    from evaluators.trainer.training.recipe import Recipe

    params = job.parameters
    head = heads.of_job(params["head_name"], params["head_options"])
    head_cost = heads.look(heads.find(train.family, head), train)
    recipe_params = {key: params[key] for key in Recipe.__dataclass_fields__ if key in params}
    recipe = Recipe(
        **{
            **recipe_params,
            "head": head,
            "method": {"name": params["method_name"], **params["method_options"]},
            "dtype": job.dtype,
            "seed": job.seed,
        }
    )

    def worth(predictions: Predictions) -> float:
        return metrics_of(task, predictions)[0].total

    finetuned = finetune(
        session.folder,
        train,
        scored,
        recipe,
        metric=task.main_metric,
        worth=worth,
        device=session.device,
        work=session.work,
        identity=job.job_key,
        progress=session.progress,
    )
    curves = [Curve("train_loss", "epoch", 1, tuple(finetuned.course.losses))]
    if finetuned.course.chosen_by:
        chosen_on = "held-out" if recipe.selection == "held-out" else params["split"]
        values = tuple(finetuned.course.chosen_by)
        curves.append(Curve(task.main_metric, "epoch", 1, values, {"chosen_on": chosen_on}))
    return Answered(finetuned.predictions, {**finetuned.cost, **head_cost}, curves=tuple(curves))


def _probe(
    job: Job, task: ClueTask, train: LabelledDataset, scored: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.probing.probe import Probe, probe

    params = job.parameters
    how = Probe(params["pooling"], params["max_length"], params["C"], job.dtype, session.device)
    probed = probe(session.folder, train, scored, how, session.progress)
    return Answered(probed.predictions, probed.cost)


def _cosine(
    job: Job, task: ClueTask, train: LabelledDataset, scored: LabelledDataset, session: Session
) -> Answered:
    from evaluators.trainer.probing.cosine import by_cosine, validate_pairs
    from evaluators.trainer.probing.vectors import Vectors

    params, folder = job.parameters, session.folder
    metric: Literal["accuracy", "f1"] = "f1" if task.main_metric.endswith("f1") else "accuracy"
    validate_pairs(train)
    vectors = Vectors(
        folder,
        pooling=params["pooling"],
        dtype=job.dtype,
        device=session.device,
        max_length=params["max_length"],
        progress=session.progress,
    )
    cut = by_cosine(
        vectors,
        train,
        scored,
        positive=task.positive or task.labels[1],
        metric=metric,
    )
    cost = {"device": str(vectors.encoder.loaded.device)}
    extra = (
        Score("threshold", cut.threshold, len(train), {"fitted_on": params["trained_on"]}),
        Score(f"train_{metric}", cut.worth, len(train), {"fitted_on": params["trained_on"]}),
    )
    return Answered(cut.predictions, cost, extra)


def _baseline(
    name: str,
    job: Job,
    task: ClueTask,
    train: LabelledDataset,
    scored: LabelledDataset,
    session: Session,
) -> Answered:
    from evaluators.clue import baselines

    graph = graph_of(job, task, session)
    predictions = baselines.predict(name, task, train, scored, graph, seed=job.seed)
    return Answered(predictions, {"device": "cpu"})


def graph_of(job: Job, task: ClueTask, session: Session) -> tuple[Triple, ...]:
    """Return the graph that a task asks, each edge once; empty for tasks without one."""
    edges: dict[Triple, None] = {}
    for split, digest in zip(task.graph, job.parameters.get("graph_digests", ()), strict=True):
        dataset = session.load(split_ref(f"{task.name}/{split}"), digest)
        edges |= dict.fromkeys(example.triple for example in dataset.examples)
    return tuple(edges)


MODES: dict[str, Callable[[Any, Any, Any, Any, Session], Answered]] = {
    "finetune": _finetune,
    "probe": _probe,
    "cosine": _cosine,
    "tfidf": partial(_baseline, "tfidf"),
    "constant": partial(_baseline, "constant"),
    "all-positive": partial(_baseline, "all-positive"),
}
