"""Measure one arm: train it, or transform the checkpoint's vectors, and score the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from evaluators import tasks
from evaluators.clue.task import split_ref
from evaluators.dataset import PairDataset
from evaluators.digest import sha256_json
from evaluators.evaluator import DatasetRef, Session
from evaluators.progress import stage_progress
from evaluators.result import LATE_IMPROVEMENT, Curve, Result, Score
from evaluators.simcse.training import watch_peak
from evaluators.sts.encoder import Encoder
from evaluators.sts.evaluator import fit_inputs
from evaluators.sts.score import Bootstrap, Scored
from evaluators.sts.similarities import to_table
from evaluators.sts.vectors import VectorStore
from evaluators.sts.whitening import fit_whitening
from evaluators.sts_training import methods
from evaluators.sts_training.data import (
    Split,
    TrainingData,
    batches,
    grades,
    of_pairs,
    of_sentences,
    of_two_label_sets,
    sentences_of,
    split_pairs,
)
from evaluators.sts_training.evaluator import pairs_ref
from evaluators.sts_training.negations import negations
from evaluators.sts_training.scoring import PairScorer, Transform, linear
from evaluators.sts_training.trainable import Trainable, validate_trainable
from evaluators.sts_training.training import Loop
from evaluators.training_curve import late_improvement

if TYPE_CHECKING:
    from evaluators.job import Job
    from evaluators.task import PairTask
    from evaluators.trainer.named import Named

_EVALUATIONS = 10
NEGATIONS = 40
"""Number of pairs behind the mean cosine of negations."""
_CONFIDENCE = 0.95
_BOOTSTRAP_SEED = 0  # the same resamples for every arm and seed


class Measured(NamedTuple):
    """An arm's scores, and what they cost."""

    scored: Scored
    scores: list[Score]
    curves: list[Curve]
    cost: dict[str, Any]


def evaluate(job: Job, session: Session) -> Result:
    """Return the scores of one job.

    `spearman` is that of the scored pairs, with an interval over pairs; of a trained arm at the
    chosen step. A trained arm also has `spearman_validation` at that step and `spearman_first`
    after the first epoch, both on the validation pairs, and `best_step`. Every arm has the mean
    cosines of 40 sentences with their negations and with paraphrases.

    Raises:
        EvaluatorError: Data, checkpoint or method do not fit each other, or training diverged.
    """
    params = job.parameters
    scored = session.load(DatasetRef(job.task), job.dataset_digest)
    split = _split(job, session, scored)
    arm = _Arm(job, setting(job))
    measured = (
        _form(job, session, scored, split, arm)
        if "form" in params
        else _trained(job, session, scored, split, arm)
    )
    headline = [
        replace(score, variant={**arm.variant, "aggregate": "all"})
        for score in measured.scored.scores
        if score.variant.get("aggregate") == "all"
    ]
    return Result(
        (*headline, *measured.scores),
        tuple(measured.curves),
        {"scored_pairs": len(scored), "leaked_pairs_left_out": split.leaked, **measured.cost},
        (to_table(scored, measured.scored.similarities),),
    )


def setting(job: Job) -> str:
    """Return everything but arm and seed in words; arms of one setting can be compared."""
    params = job.parameters
    parts = [f"{job.task} after {params['train']}", f"chosen on {params['validation']}"]
    limits = {"max_train": "training pairs", "max_validation": "validation pairs"}
    parts += [f"at most {params[key]} {what}" for key, what in limits.items() if params[key]]
    parts += [f"{params['max_length']} tokens"] * bool(params["max_length"])
    return ", ".join([*parts, job.dtype])


class _Arm:
    """The arm, setting and seed of a job, as scores name them."""

    def __init__(self, job: Job, described: str) -> None:
        self.variant = {
            "arm": job.parameters["arm"],
            "setting": described,
            "seed": job.seed,
        }

    def score(self, metric: str, value: float, n: int) -> Score:
        return Score(metric, float(value), n, self.variant)


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


def _encoder(job: Job, session: Session) -> Encoder:
    return Encoder(
        session.folder,
        poolings=(job.parameters["pooling"],),
        dtype="float32",
        device=session.device,
        prompt="",
        max_length=job.parameters["max_length"],
        token_budget=None,
    )


def _bootstrap(job: Job) -> Bootstrap:
    return Bootstrap(job.parameters["resamples"], _CONFIDENCE, _BOOTSTRAP_SEED)


def _form(job: Job, session: Session, scored: PairDataset, split: Split, arm: _Arm) -> Measured:
    """Score a form of the checkpoint's vectors; every seed has the same numbers."""
    params = job.parameters
    pooling = params["pooling"]
    encoder = session.share(
        ("encoder", pooling, params["max_length"]), lambda: _encoder(job, session)
    )
    fit = [split.train]
    if params["form"] == "whitened-target":
        refs = zip(fit_inputs(job.task, "target"), params["fit_digests"], strict=True)
        fit = [session.load(ref, digest) for ref, digest in refs]

    def score() -> tuple[Scored, dict[str, float], dict[str, Any]]:
        store = session.share(("vectors", encoder), lambda: VectorStore((pooling,)))
        transform, cost = _transform(params["form"], encoder, pooling, fit, store)
        found = PairScorer(encoder, pooling, scored, store).score(_bootstrap(job), transform)
        return found, _negations(job, encoder, transform, store), cost

    found, cosines, cost = session.share((arm.variant["arm"], arm.variant["setting"]), score)
    scores = [arm.score(metric, value, NEGATIONS) for metric, value in cosines.items()]
    return Measured(found, scores, [], {"device": str(encoder.loaded.device), **cost})


def _negations(
    job: Job, encoder: Encoder, transform: Transform | None, store: VectorStore | None = None
) -> dict[str, float]:
    """Return the mean cosine of sentences with their negations, and with paraphrases."""
    return {
        f"{kind}_cosine": float(
            PairScorer(encoder, job.parameters["pooling"], pairs, store).cosines(transform).mean()
        )
        for kind, pairs in negations(tasks.find(job.task).language)._asdict().items()
    }


def _transform(
    form: str, encoder: Encoder, pooling: str, fit: list[PairDataset], store: VectorStore
) -> tuple[Transform | None, dict[str, Any]]:
    if form == "raw":
        return None, {}
    sentences = [s for part in fit for s in (*part.first, *part.second)]
    distinct = tuple(dict.fromkeys(sentences))
    together = replace(fit[0], first=distinct, second=distinct, gold=np.zeros(len(distinct)))
    counted = dict.fromkeys(distinct, 0)
    for sentence in sentences:
        counted[sentence] += 1
    vectors = PairScorer(encoder, pooling, together, store).each()
    counts = np.array([counted[s] for s in distinct])
    cost = {"fit_sentences": len(distinct)}
    if form == "centred":
        mean = np.average(vectors.astype(np.float64), axis=0, weights=counts)
        return (lambda rows: rows.astype(np.float64) - mean), cost
    whitening = fit_whitening(vectors, counts)
    return whitening.__call__, {**cost, "kept_dimensions": whitening.rank}


def _trained(job: Job, session: Session, scored: PairDataset, split: Split, arm: _Arm) -> Measured:
    params = job.parameters
    method = methods.find({"name": params["method"], **params["options"]})
    recipe = method.options
    pooling = params["pooling"]
    encoder = _encoder(job, session)
    validate_trainable(encoder, pooling)
    trainable = Trainable(encoder, pooling)
    trainable.set_dropout(recipe.dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.seed)
        objective = methods.make(
            method,
            methods.Setup(
                width=_width(trainable, scored),
                classes=grades(_train_task(params)),
                dropout=trainable.has_dropout,
                layers=trainable.layers,
            ),
        ).to(trainable.device)
    data = _data(job, session, split, method)
    tokens = encoder.tokens_of(data.sentences)
    if objective.wants_teacher:
        objective.teacher = trainable.fixed(tokens)
    if objective.layers is not None:
        trainable.keep_layers(objective.layers)
    steps = batches(len(data), recipe.batch, recipe.epochs, job.seed)
    every = params["evaluate_every"] or max(1, -(-len(steps) // _EVALUATIONS))
    validation = PairScorer(encoder, pooling, split.validation)
    loop = Loop(
        trainable=trainable,
        objective=objective,
        data=data,
        tokens=tokens,
        steps=steps,
        recipe=recipe,
        every=every,
        chunk=params["chunk"],
        autocast=job.dtype == "bfloat16",
        seed=job.seed,
        last=params["selection"] == "last",
        work=session.work,
        identity=sha256_json([job.job_key, session.device, torch.get_num_threads()]),
    )

    def transform() -> Transform | None:
        weight = None if objective.projection is None else objective.projection.weight
        return None if weight is None else linear(weight)

    started, peak = time.perf_counter(), watch_peak(trainable.device)
    stage = f"{params['arm']}, seed {job.seed}"
    course = loop.run(
        lambda: validation.spearman(transform()), stage_progress(session.progress, stage)
    )
    peak_bytes = peak()
    found = PairScorer(encoder, pooling, scored).score(_bootstrap(job), transform())
    pairs = len(split.validation)
    per_epoch = len(steps) // recipe.epochs
    first = min(range(1, course.epoch + 1), key=lambda i: abs(i * every - per_epoch))
    curve = np.array([course.validation])
    trained_on = len(steps) * recipe.batch * data.rows.shape[1]
    return Measured(
        found,
        [
            arm.score("spearman_validation", course.validation[course.best], pairs),
            arm.score("spearman_first", course.validation[first], pairs),
            arm.score("best_step", min(course.best * every, len(steps)), len(steps)),
            arm.score(LATE_IMPROVEMENT, _late(curve), len(steps)),
            *(
                arm.score(metric, value, NEGATIONS)
                for metric, value in _negations(job, encoder, transform()).items()
            ),
        ],
        [
            Curve("spearman_validation", "evaluation", 0, tuple(course.validation), arm.variant),
            Curve("training_loss", "evaluation", 1, tuple(course.losses), arm.variant),
        ],
        {
            "device": str(trainable.device),
            "training_examples": len(data),
            "duplicates_in_batches": data.duplicates(steps),
            "steps": len(steps),
            "evaluate_every": every,
            "training_seconds": course.training_seconds,
            "evaluation_seconds": course.evaluation_seconds,
            "sentences_per_second": trained_on / max(course.training_seconds, 1e-9),
            "peak_bytes": peak_bytes,
            "resumed_after_evaluation": loop.resumed_after,
            "seconds_here": time.perf_counter() - started,
        },
    )


def _late(curve: np.ndarray[Any, Any]) -> float:
    """Return how far the validation score still rises in the last fifth, as a share of its range.

    A training that is cut off by its recipe, as one epoch is, has a loss that still falls; whether
    more of it would help is what the validation score says.
    """
    return 1.0 if curve.shape[1] < 3 else float(late_improvement(-curve)[0])


def _width(trainable: Trainable, scored: PairDataset) -> int:
    with torch.no_grad():
        return int(trainable.vectors(trainable.encoder.tokens_of([scored.first[0]])).shape[1])


def _train_task(params: Mapping[str, Any]) -> PairTask:
    return tasks.find(params["train"].partition("/")[0])


def _data(job: Job, session: Session, split: Split, method: Named) -> TrainingData:
    params, recipe = job.parameters, method.options
    learns, task = methods.learns(method), _train_task(params)
    if learns == "sentences":
        sentences = sentences_of(split.train)
        if "corpus" in params:
            ref = DatasetRef(params["corpus"], kind="corpus")
            sentences = session.load(ref, params["corpus_digest"]).documents
        return of_sentences(sentences, recipe.sentences, recipe.batch, job.seed)
    if learns == "two-label-sets":
        inference = session.load(split_ref(params["nli"]), params["nli_digest"])
        return of_two_label_sets(split.train, task, inference, recipe.batch)
    whole = params["method"] == "sbert"
    return of_pairs(split.train, task, recipe.batch, whole=whole)
