"""Train one arm on its own copy of the checkpoint, and score the step that is chosen."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from evaluators import tasks
from evaluators.clue.task import split_ref
from evaluators.dataset import PairDataset
from evaluators.digest import sha256_json
from evaluators.evaluator import DatasetRef, Session
from evaluators.progress import stage_progress
from evaluators.result import LATE_IMPROVEMENT
from evaluators.simcse.training import watch_peak
from evaluators.statistics import CONFIDENCE
from evaluators.sts.encoder import Encoder
from evaluators.sts.score import Bootstrap
from evaluators.sts.similarities import to_table
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
)
from evaluators.sts_training.measured import BOOTSTRAP_SEED, Measured
from evaluators.sts_training.negations import mean_cosines, negations
from evaluators.sts_training.scoring import PairScorer, Transform, linear
from evaluators.sts_training.trainable import Trainable, validate_trainable
from evaluators.sts_training.training import Loop
from evaluators.training_curve import late_improvement

if TYPE_CHECKING:
    from evaluators.job import Job
    from evaluators.sts_training.data import Ints
    from evaluators.sts_training.objective import Objective
    from evaluators.task import PairTask
    from evaluators.trainer.named import Named

_MOST, _FEWEST = 10, 2
_TRAINING_TO_EVALUATION = 6
"""What a sentence costs in a training step, relative to one that is only encoded: 5.8 for SimCSE
and 7 for CoSENT on STS-B with all-MiniLM-L6-v2 (benchmarks/sts_training.py)."""


def evaluations(read: int, evaluated: int) -> int:
    """Return how often to evaluate: ten times, or as often as a tenth of the training pays for.

    Args:
        read: Sentences that all steps encode together.
        evaluated: Sentences that one evaluation encodes; 0 where their vectors are kept.
    """
    paid = read * _TRAINING_TO_EVALUATION // (10 * max(1, evaluated))
    return min(_MOST, max(_FEWEST, paid))


def sentences_read(steps: Sequence[Ints], data: TrainingData, objective: Objective) -> int:
    """Return how many sentences the steps of a training encode, the views of twins apart."""
    views: int = data.rows.shape[1] * (1 + objective.twins)
    return views * sum(map(len, steps))


def train_arm(job: Job, session: Session, scored: PairDataset, split: Split) -> Measured:
    """Train a method on its own copy of the checkpoint, and score the chosen step."""
    params = job.parameters
    method = methods.find({"name": params["method"], **params["options"]})
    recipe = method.options
    pooling = params["pooling"]
    encoder = Encoder(
        session.folder,
        poolings=(pooling,),
        dtype="float32",
        device=session.device,
        prompt="",
        max_length=params["max_length"],
        token_budget=None,
    )
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
    read = sentences_read(steps, data, objective)
    kept = objective.frozen  # the vectors of validation sentences stay as they are
    evaluated = 0 if kept else len({*split.validation.first, *split.validation.second})
    often = evaluations(read, evaluated)
    every = params["evaluate_every"] or max(1, -(-len(steps) // often))
    validation = PairScorer(encoder, pooling, split.validation, frozen=kept)
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
    bootstrap = Bootstrap(params["resamples"], CONFIDENCE, BOOTSTRAP_SEED)
    found = PairScorer(encoder, pooling, scored).score(bootstrap, transform())
    pairs = negations(tasks.find(job.task).language)
    cosines = PairScorer(encoder, pooling, pairs).cosines(transform())
    per_epoch = len(steps) // recipe.epochs
    first = min(range(1, course.epoch + 1), key=lambda i: abs(i * every - per_epoch))
    return Measured(
        scores=found.scores,
        table=to_table(scored, found.similarities),
        cosines=mean_cosines(pairs, cosines),
        validation=course.validation,
        losses=course.losses,
        others={
            "spearman_validation": (course.validation[course.best], len(split.validation)),
            "spearman_first": (course.validation[first], len(split.validation)),
            "best_step": (float(min(course.best * every, len(steps))), len(steps)),
            LATE_IMPROVEMENT: (_late(course.validation), len(steps)),
        },
        cost={
            "device": str(trainable.device),
            "training_examples": len(data),
            "duplicates_in_batches": data.duplicates(steps),
            "steps": len(steps),
            "evaluate_every": every,
            "training_seconds": course.training_seconds,
            "evaluation_seconds": course.evaluation_seconds,
            "sentences_per_second": read / max(course.training_seconds, 1e-9),
            "peak_bytes": peak_bytes,
            "resumed_after_evaluation": loop.resumed_after,
            "seconds_here": time.perf_counter() - started,
        },
    )


def _late(validation: Sequence[float]) -> float:
    """Return how far the validation score still rises in the last fifth, as a share of its range.

    A training that is cut off by its recipe, as one epoch is, has a loss that still falls; whether
    more of it would help is what the validation score says.
    """
    if len(validation) < 3:
        return 1.0
    return float(late_improvement(-np.array([validation]))[0])


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
