"""Compare CRF, GlobalPointer and its efficient form on made-up sentences, by number of types.

The first and the last token of an entity determine its type. Encoder and head start untrained.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, cast

import numpy as np
from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
    known,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.trainer.heads import HeadSetup, make
from evaluators.trainer.labelled_data import Entity
from evaluators.training_curve import TrainingCurve

ARMS: dict[str, dict[str, Any]] = {
    "crf": {"name": "crf"},
    "global-pointer": {"name": "global-pointer"},
    "efficient-global-pointer": {"name": "efficient-global-pointer"},
    "global-pointer without RoPE": {"name": "global-pointer", "rope": False},
}

TESTED = 1000
_TEST_STREAM = 1_000_003

LENGTH = 16
FILLERS = 200
TRIGGERS = 3
"""Number of tokens that begin an entity of a type; as many end one."""

LONGEST = 3
"""Maximum number of fillers between first and last token."""

WIDTH = 64
"""Width of embeddings, and of the states of both directions together."""


class EntityHeadsRequest(Request):
    """The keys of an `evaluator: entity_heads` entry in a plan.

    Attributes:
        arms: Heads: `crf`, `global-pointer`, `efficient-global-pointer`, `global-pointer
            without RoPE`.
        types: Numbers of entity types, each at least 2, as decoys need two; each is a setting.
        sentences: Numbers of training sentences; each is a setting.
        seeds: Seeds; each makes one training set, test set and network.
        epochs: Number of training epochs.
        batch: Number of sentences a step.
        rate: Learning rate of Adam.
        size: Width of the pointers' queries and keys, even, as RoPE rotates pairs.
    """

    arms: Distinct[Annotated[str, known("head", ARMS)]] = (
        "crf",
        "global-pointer",
        "efficient-global-pointer",
    )
    types: Distinct[Annotated[int, Field(ge=2)]] = (3, 10, 30)
    sentences: Distinct[Count] = (500,)
    seeds: Seeds = (0, 1, 2, 3, 4)
    epochs: Count = 20
    batch: Count = 32
    rate: Positive = 5e-3
    size: Annotated[int, Field(ge=2, multiple_of=2)] = 16


class EntityHeads(Evaluator[EntityHeadsRequest]):
    """The arms are the heads; a seed draws sentences and weights."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("epochs", "sentences")
    Request = EntityHeadsRequest

    def jobs(
        self, request: EntityHeadsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting and head, with all its seeds."""
        shared = {
            "seeds": sorted(request.seeds),
            "epochs": request.epochs,
            "batch": request.batch,
            "rate": request.rate,
            "size": request.size,
        }
        return [
            self.job(
                "made-up entities", {"types": types, "sentences": sentences, "arm": arm, **shared}
            )
            for types in sorted(request.types)
            for sentences in sorted(request.sentences)
            for arm in request.arms
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        report = stage_progress(session.progress, f"{params['arm']}, {params['types']} types")
        return compare(**params, recipe=recipe, report=report)


class Recipe(NamedTuple):
    """Settings of the training of encoder and head.

    Attributes:
        epochs: Number of epochs.
        batch: Sentences per step.
        rate: Learning rate of Adam.
        size: Width of the pointers' queries and keys.
    """

    epochs: int
    batch: int
    rate: float
    size: int


def compare(
    arm: str, types: int, sentences: int, seeds: list[int], recipe: Recipe, report: Report
) -> Result:
    """Return the entity F1 of one head on 1,000 new sentences, and its number of weights.

    Args:
        arm: One of `ARMS`.
        types: Number of entity types.
        sentences: Number of training sentences.
        seeds: One training set, test set and network each.
        recipe: Settings of the training.
        report: Called with the seeds done and all of them.
    """
    labels = tuple(f"type {kind}" for kind in range(types))
    scores = ArmScores(
        f"{types} types, {sentences} sentences of {LENGTH}, {recipe.epochs} epochs, rate"
        f" {recipe.rate:g}, batch {recipe.batch}, size {recipe.size}"
    )
    with one_thread():
        for done, seed in enumerate(seeds):
            report(done, len(seeds))
            train_data = draw_sentences(types, sentences, seed)
            test_data = draw_sentences(types, TESTED, seed + _TEST_STREAM)
            reader, head, curve = train(arm, train_data, seed, recipe, labels)
            f1 = entity_f1(predict(reader, head, test_data), test_data.gold(labels))
            scores.add("f1", f1, TESTED, arm=arm, seed=seed)
            weights = sum(weight.numel() for weight in head.parameters())
            scores.add("head_parameters", weights, 1, arm=arm, seed=seed)
            scores.add_curve(curve, arm=arm, seeds=[seed])
    return Result(tuple(scores.scores), tuple(scores.curves))


def entity_f1(predicted: list[set[Entity]], gold: list[set[Entity]]) -> float:
    """Return 2 · right / (predicted + gold) over all sentences together."""
    right = sum(
        len(predicted_set & gold_set)
        for predicted_set, gold_set in zip(predicted, gold, strict=True)
    )
    return 2 * right / (sum(map(len, predicted)) + sum(map(len, gold)))


class Sentences(NamedTuple):
    """Sentences and their entities.

    Attributes:
        tokens: (n, 16), from 0.
        entities: (n, 3, 3): type, first and last token; rows of -1 pad it.
    """

    tokens: torch.Tensor
    entities: torch.Tensor

    def batch(self, rows: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return some sentences as a batch for the heads of CLUE tasks."""
        tokens = self.tokens[rows]
        place = torch.arange(LENGTH)
        return {
            "input_ids": tokens,
            "tokens": torch.ones_like(tokens, dtype=torch.bool),
            "example": rows,
            "offsets": torch.stack([place, place + 1], dim=-1).expand(len(rows), -1, -1),
            "entities": self.entities[rows],
        }

    def gold(self, labels: tuple[str, ...]) -> list[set[Entity]]:
        """Return the entities of each sentence."""
        return [
            {Entity(labels[kind], first, last + 1) for kind, first, last in row if kind >= 0}
            for row in self.entities.tolist()
        ]


def draw_sentences(types: int, n: int, seed: int) -> Sentences:
    """Return sentences with zero to three entities, and with decoys.

    An entity of type a is a token that begins type a, up to three fillers, and a token that ends
    type a. A decoy begins one type and ends another, or begins and never ends: neither end alone
    identifies an entity.

    Args:
        types: Number of types, at least 2.
        n: Number of sentences.
        seed: Seed of everything.
    """
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, FILLERS, (n, LENGTH))
    spans = np.full((n, 3, 3), -1)
    for row in range(n):
        place, entities = int(rng.integers(0, 3)), 0
        while True:
            between = int(rng.integers(0, LONGEST + 1))
            last = place + 1 + between
            if last >= LENGTH or entities == 3:
                break
            begins, ends = rng.integers(0, types, 2)
            kind = rng.random()
            if kind < 0.6:
                ends = begins
                spans[row, entities] = begins, place, last
                entities += 1
            elif ends == begins:
                ends = (begins + 1) % types
            tokens[row, place] = _trigger(rng, int(begins), 0)
            if kind < 0.8:
                tokens[row, last] = _trigger(rng, int(ends), 1)
            place = last + 1 + int(rng.integers(0, 4))
    return Sentences(torch.from_numpy(tokens), torch.from_numpy(spans))


def _trigger(rng: np.random.Generator, kind: int, end: int) -> int:
    return FILLERS + TRIGGERS * (2 * kind + end) + int(rng.integers(0, TRIGGERS))


class Reader:
    """Embeddings and one bidirectional GRU: the encoder as heads call it.

    Args:
        tokens: Number of different tokens.
    """

    def __init__(self, tokens: int) -> None:
        self.embedding = torch.nn.Embedding(tokens, WIDTH)
        self.recurrent = torch.nn.GRU(WIDTH, WIDTH // 2, batch_first=True, bidirectional=True)
        self.parameters = [*self.embedding.parameters(), *self.recurrent.parameters()]

    def __call__(self, batch: dict[str, torch.Tensor], prefix: str = "") -> torch.Tensor:
        """Return the states, (n, L, 64)."""
        states, _ = self.recurrent(self.embedding(batch[f"{prefix}input_ids"]))
        return cast(torch.Tensor, states)


def train(
    arm: str, train_data: Sentences, seed: int, recipe: Recipe, labels: tuple[str, ...]
) -> tuple[Reader, Any, TrainingCurve]:
    """Return a trained encoder and head, and the losses of the training.

    The encoder's first weights and the order of the sentences are the same for all arms of a seed.

    Args:
        arm: One of `ARMS`.
        train_data: Training sentences.
        seed: Seed of weights and order.
        recipe: Settings of the training.
        labels: Names of the types.
    """
    generator = torch.Generator().manual_seed(seed)
    options = dict(ARMS[arm])
    if "pointer" in options["name"]:
        options["size"] = recipe.size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # The encoder comes first, as heads draw different numbers of weights.
        reader = Reader(FILLERS + 2 * TRIGGERS * len(labels))
        head: Any = make(HeadSetup("entity", labels, WIDTH, 0.0), options)
    optimiser = torch.optim.Adam([*reader.parameters, *head.parameters()], lr=recipe.rate)
    n = len(train_data.tokens)
    curve = TrainingCurve(recipe.epochs * -(-n // recipe.batch))
    for _ in range(recipe.epochs):
        order = torch.randperm(n, generator=generator)
        for rows in torch.split(order, recipe.batch):
            batch = train_data.batch(rows)
            optimiser.zero_grad()
            loss = head.loss(head(reader, batch), batch)
            torch.autograd.backward(loss)
            optimiser.step()
            curve.add(loss)
    return reader, head, curve


def predict(reader: Reader, head: Any, sentences: Sentences) -> list[set[Entity]]:
    """Return the entities that a head decodes from each sentence."""
    answers: list[set[Entity]] = []
    with torch.no_grad():
        for rows in torch.split(torch.arange(len(sentences.tokens)), 256):
            batch = sentences.batch(rows)
            answers += [set(row) for row in head.decode(head(reader, batch), batch)]
    return answers
