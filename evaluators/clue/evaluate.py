"""One job of the evaluator `clue`, from its data sets to its scores."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evaluators.clue import tasks
from evaluators.clue.checks import demand_fit, demand_labels
from evaluators.clue.evaluator import split_ref
from evaluators.clue.kept import to_table
from evaluators.clue.leaks import demand_no_leak
from evaluators.clue.metrics import scored
from evaluators.clue.modes import MODES
from evaluators.clue.post import corrected
from evaluators.clue.training.parts import cut
from evaluators.errors import MethodError
from evaluators.evaluator import DatasetRef
from evaluators.result import Result

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.evaluator import Session
    from evaluators.job import Job


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
    train: ClueDataset = session.load(split_ref(given["trained_on"]))
    asked: ClueDataset = session.load(DatasetRef(job.task, given["split"], "clue"))
    submit = bool(given.get("submit"))
    for dataset in (train,) if submit else (train, asked):
        demand_labels(dataset)
    demand_fit(train, asked)
    train = cut(demand_no_leak(train, asked, leaks=given["leaks"]), given["max_train"], job.seed)
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
