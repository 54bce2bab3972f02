"""Measure one arm: train it, or transform the checkpoint's vectors, and name its scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators.dataset import PairDataset
from evaluators.evaluator import DatasetRef, Session
from evaluators.result import Curve, Result, Score
from evaluators.sts_training.arm_training import train_arm
from evaluators.sts_training.data import Split, split_pairs
from evaluators.sts_training.evaluator import pairs_ref
from evaluators.sts_training.forms import score_form
from evaluators.sts_training.negations import COUNT

if TYPE_CHECKING:
    from evaluators.job import Job


def evaluate(job: Job, session: Session) -> Result:
    """Return the scores of one job.

    `spearman` is that of the scored pairs, with an interval over pairs; of a trained arm at the
    chosen step. A trained arm also has `spearman_validation` at that step and `spearman_first`
    after the first epoch, both on the validation pairs, and `best_step`. Every arm has the mean
    cosines of 40 sentences with their negations and with paraphrases.

    Raises:
        EvaluatorError: Data, checkpoint or method do not fit each other, or training diverged.
    """
    scored = session.load(DatasetRef(job.task), job.dataset_digest)
    split = _split(job, session, scored)
    measure = score_form if "form" in job.parameters else train_arm
    found = measure(job, session, scored, split)
    variant = {"arm": job.parameters["arm"], "setting": setting(job), "seed": job.seed}
    headline = [
        replace(score, variant={**variant, "aggregate": "all"})
        for score in found.scores
        if score.metric in ("spearman", "pearson") and score.variant["aggregate"] == "all"
    ]
    others = {**found.others, **{name: (value, COUNT) for name, value in found.cosines.items()}}
    curves = [
        Curve(metric, "evaluation", start, tuple(values), variant)
        for metric, start, values in (
            ("spearman_validation", 0, found.validation),
            ("training_loss", 1, found.losses),
        )
        if values
    ]
    return Result(
        (*headline, *(Score(name, value, n, variant) for name, (value, n) in others.items())),
        tuple(curves),
        {"scored_pairs": len(scored), "leaked_pairs_left_out": split.leaked, **found.cost},
        (found.table,),
    )


def setting(job: Job) -> str:
    """Return everything but arm and seed in words; arms of one setting can be compared."""
    params = job.parameters
    parts = [f"{job.task} after {params['train']}", f"chosen on {params['validation']}"]
    limits = {"max_train": "training pairs", "max_validation": "validation pairs"}
    parts += [f"at most {params[key]} {what}" for key, what in limits.items() if params[key]]
    if params["held_out"] is not None:
        parts.append(f"{params['held_out']:g} of it held out")
    parts += [f"{params['max_length']} tokens"] * bool(params["max_length"])
    return ", ".join([*parts, job.dtype])


def _split(job: Job, session: Session, scored: PairDataset) -> Split:
    """Return training and validation pairs, the same for all jobs of the session."""
    params = job.parameters
    keys = ("train", "validation", "held_out", "max_train", "max_validation")
    train, validation = (
        session.load(pairs_ref(params[name]), params[f"{name}_digest"])
        for name in ("train", "validation")
    )
    key = (scored.digest, train.digest, validation.digest, *(params[key] for key in keys))

    def make() -> Split:
        whole = split_pairs(train, validation, scored, params["held_out"] or 0.0)
        return whole.cut(params["max_train"], params["max_validation"])

    return session.share(key, make)
