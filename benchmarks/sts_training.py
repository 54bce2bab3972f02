"""A training step of SimCSE and of CoSENT beside sentence-transformers' own losses.

The same checkpoint, sentences, batch and optimiser on both sides; sentences are tokenised before
the clock starts, and without dropout both sides compute the same loss. An evaluation between steps
is timed as a share of the training that stands before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks import data
from benchmarks.table import Row
from db.settings import settings
from evaluators import tasks
from evaluators.dataset import PairDataset
from evaluators.sts.encoder import Encoder
from evaluators.sts_training import methods
from evaluators.sts_training.arm_training import evaluations, sentences_read
from evaluators.sts_training.data import TrainingData, batches, of_pairs, of_sentences, sentences_of
from evaluators.sts_training.methods import Setup
from evaluators.sts_training.objective import Objective
from evaluators.sts_training.scoring import PairScorer
from evaluators.sts_training.trainable import Trainable
from evaluators.trainer.named import Named
from flows.inputs.pairs import load_task

STEPS, RATE, CLOSE = 6, 1e-5, 1e-4
METHODS = ({"name": "simcse", "two_way": False, "dropout": None}, {"name": "cosent"})
TARGET = 1.0


class Case(NamedTuple):
    """A method with the steps that both sides take."""

    name: str
    method: Named
    objective: Objective
    data: TrainingData
    steps: list[Any]


def run(rounds: int) -> Iterator[Row]:
    """Yield both sides of each method, and the share of an evaluation."""
    task = tasks.find("STSBenchmark")
    mirrors = settings().data
    if not mirrors:
        print("sts_training needs RANKCHECK_DATA with STSBenchmark: left out")
        return
    pairs = load_task(task, split="train", mirrors=mirrors)
    for spec in METHODS:
        case = _case(spec, pairs)
        ours, theirs = Ours(case), Theirs(case)
        difference = abs(ours.loss_without_dropout() - theirs.loss_without_dropout())
        if difference > CLOSE:
            raise SystemExit(f"{case.name}: the losses differ by {difference}")
        seconds = {"ours": np.inf, "theirs": np.inf}
        for _ in range(rounds):
            seconds["ours"] = min(seconds["ours"], _timed(ours.steps))
            seconds["theirs"] = min(seconds["theirs"], _timed(theirs.steps))
        ratio = seconds["theirs"] / seconds["ours"]
        note = f"{STEPS} steps of {len(case.steps[0])}, losses {difference:.0e} apart"
        name = f"training {case.name}"
        yield Row(name, "rankcheck", seconds["ours"], ratio, TARGET, note)
        yield Row(name, "sentence-transformers", seconds["theirs"], 1.0, None, "")
        validation = load_task(task, split="validation", mirrors=mirrors)
        yield _evaluations(case, ours, validation, seconds["ours"] / STEPS, rounds)


def _evaluations(case: Case, ours: Ours, validation: PairDataset, step: float, rounds: int) -> Row:
    """Return the row of all evaluations of a training, as a share of its steps' time."""
    recipe = case.method.options
    steps = batches(len(case.data), recipe.batch, recipe.epochs, 0)
    read = sentences_read(steps, case.data, case.objective)
    often = evaluations(read, len({*validation.first, *validation.second}))
    scorer = PairScorer(ours.trainable.encoder, "native", validation)
    ours.trainable.module.eval()
    seconds = often * min(_timed(scorer.spearman) for _ in range(rounds))
    note = f"{often} evaluations on STS-B dev in {len(steps)} steps"
    return Row(
        f"evaluating {case.name}", "rankcheck", seconds, seconds / (len(steps) * step), -0.1, note
    )


def _case(spec: dict[str, Any], pairs: PairDataset) -> Case:
    method = methods.find(spec)
    batch = method.options.batch
    made = (
        of_sentences(sentences_of(pairs), 10_000, batch, 0)
        if methods.learns(method) == "sentences"
        else of_pairs(pairs, tasks.find(pairs.task), batch, whole=False)
    )
    objective = methods.make(method, Setup(width=384, classes=6, dropout=True, layers=6))
    return Case(method.name, method, objective, made, batches(len(made), batch, 1, 0)[:STEPS])


class Ours:
    """`Trainable` and an objective of ours."""

    def __init__(self, case: Case) -> None:
        self.case = case
        options = {"dtype": "float32", "device": "cpu", "prompt": "", "max_length": None}
        encoder = Encoder(data.checkpoint(), poolings=("native",), token_budget=None, **options)
        self.trainable = Trainable(encoder, "native")
        self.tokens = encoder.tokens_of(case.data.sentences)
        self.optimiser = _optimiser(self.trainable.module)

    def steps(self) -> None:
        self.trainable.module.train()
        for places in self.case.steps:
            self.optimiser.zero_grad(set_to_none=True)
            self._backward(places)
            self.optimiser.step()

    def loss_without_dropout(self) -> float:
        self.trainable.module.eval()
        value = float(self._backward(self.case.steps[0]))
        self.optimiser.zero_grad(set_to_none=True)
        return value

    def _backward(self, places: Any) -> torch.Tensor:
        batch = self.case.data.batch(places, twins=self.case.objective.twins)
        return self.trainable.backward(
            [self.tokens[i] for i in batch.rows.tolist()],
            lambda vectors: self.case.objective.loss(vectors, batch),
            chunk=None,
        )


class Theirs:
    """`MultipleNegativesRankingLoss` and `CoSENTLoss` on a `SentenceTransformer`."""

    def __init__(self, case: Case) -> None:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.losses import (
            CoSENTLoss,
            MultipleNegativesRankingLoss,
        )

        folder = str(data.checkpoint())
        self.model: Any = SentenceTransformer(folder, device="cpu", local_files_only=True)
        made = MultipleNegativesRankingLoss if case.name == "simcse" else CoSENTLoss
        self.loss: Any = made(self.model, scale=20.0)
        self.optimiser = _optimiser(self.model)
        self.inputs = [self._inputs(case, places) for places in case.steps]

    def _inputs(self, case: Case, places: Any) -> tuple[list[Any], Any]:
        batch = case.data.batch(places, twins=case.objective.twins)
        sides = torch.chunk(batch.rows, 2)
        texts = [[case.data.sentences[i] for i in side.tolist()] for side in sides]
        return [self.model.preprocess(side) for side in texts], batch.labels

    def steps(self) -> None:
        self.model.train()
        for features, labels in self.inputs:
            self.optimiser.zero_grad(set_to_none=True)
            self.loss([dict(side) for side in features], labels).backward()
            self.optimiser.step()

    def loss_without_dropout(self) -> float:
        self.model.eval()
        features, labels = self.inputs[0]
        with torch.no_grad():
            return float(self.loss([dict(side) for side in features], labels))


def _optimiser(module: torch.nn.Module) -> torch.optim.AdamW:
    return torch.optim.AdamW([p.requires_grad_() for p in module.parameters()], lr=RATE)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
