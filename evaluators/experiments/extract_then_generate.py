"""Summarise paragraphs by extracting sentences, generating from the beginning, or one by the other.

The first sentence of a paragraph is the summary of the rest, which is longer than a small generator
can read. The generator is a transformer that reads characters and writes on; it reads the beginning
of the rest, or the sentences that an extractor chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from evaluators.experiments._lead_sentences import Paragraph
    from evaluators.experiments._summary_pairs import Pairs

EXTRACT, TRUNCATED, BOTH = "extract", "truncated, generate", "extract, generate"

LOOKS = 10
"""Measurements of the validation loss."""


class ExtractThenGenerateRequest(Request):
    """The keys of an `evaluator: extract_then_generate` entry in a plan.

    Attributes:
        corpora: Names of Chinese texts, one paragraph a line.
        seeds: Seeds; each splits the paragraphs and makes a network for each arm.
        tested: Test paragraphs of each seed; the others are trained on.
        room: Characters that the generator reads; longer sources are cut.
        vocabulary: Number of different characters; others are one token.
        steps: Steps of training.
        batch: Paragraphs of a step.
        rate: Largest learning rate of Adam.
        width: Width of the transformers, a multiple of 4.
        layers: Number of layers.
    """

    corpora: Distinct[str]
    seeds: Seeds = tuple(range(1010, 1015))
    tested: Count = 60
    room: Count = 64
    vocabulary: Count = 1500
    steps: Count = 1600
    batch: AtLeastTwo = 8
    rate: Positive = 3e-3
    width: Count = 48
    layers: Count = 2


class ExtractThenGenerate(Evaluator[ExtractThenGenerateRequest]):
    """The arms are what is read and whether it is written anew; a seed draws split and networks."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("steps", "tested")
    Request = ExtractThenGenerateRequest
    apart = ("corpora",)

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, kind="corpus")

    def jobs(
        self, request: ExtractThenGenerateRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each corpus, all arms and seeds of it at once."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        return [
            self.job(
                corpus,
                {"seeds": sorted(request.seeds), **recipe},
                dataset_digest=digest_of(DatasetRef(corpus, kind="corpus")),
            )
            for corpus in request.corpora
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        documents = session.load(self.dataset_of(job), job.dataset_digest).documents
        report = stage_progress(session.progress, f"summaries, {job.task}")
        return compare(documents, params["seeds"], recipe, report)


class Recipe(NamedTuple):
    """Settings of a comparison; as in a request."""

    tested: int
    room: int
    vocabulary: int
    steps: int
    batch: int
    rate: float
    width: int
    layers: int


def compare(
    documents: Sequence[str], seeds: Sequence[int], recipe: Recipe, report: Report
) -> Result:
    """Return ROUGE-1, -2 and -L, F1 on characters, of each way on test paragraphs.

    Args:
        documents: The text.
        seeds: One split and network of each arm for each.
        recipe: Settings of the comparison.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments import _lead_sentences as lead
    from evaluators.experiments._summary_pairs import SUMMARY, Summaries, write
    from evaluators.language_models.training import Recipe as Steps
    from evaluators.language_models.training import train
    from evaluators.language_models.transformer import Shape, Transformer
    from evaluators.training_curve import TrainingCurve

    every = lead.paragraphs(documents, SUMMARY, recipe.room)
    with one_thread():
        splits = [Split(every, seed, recipe) for seed in seeds]
        pairs = [split.pairs(kind) for kind in (TRUNCATED, BOTH) for split in splits]
        numbers = list(range(len(pairs)))
        data = Summaries(
            [each[0] for each in pairs],
            [each[1] for each in pairs],
            numbers,
            [*seeds, *seeds],
            recipe.batch,
        )
        shape = Shape(
            splits[0].alphabet.tokens,
            recipe.room + 1 + SUMMARY,
            width=recipe.width,
            layers=recipe.layers,
            dropout=0.1,
        )
        model = Transformer([*seeds, *seeds], shape)
        steps = Steps(recipe.steps, every=max(1, recipe.steps // LOOKS))
        trained = train(model, data, numbers, [recipe.rate] * len(pairs), steps, report=report)
        model.eval()
        tokens = write(model, np.stack([test.sources for _, test in pairs]))
    scores = ArmScores(
        f"room {recipe.room}, {recipe.vocabulary} characters, {recipe.steps} steps,"
        f" rate {recipe.rate:g}, batch {recipe.batch}, width {recipe.width},"
        f" {recipe.layers} layers"
    )
    by = lead.scorer()
    curve = torch.tensor(trained.course.validation)
    for at, (seed, split) in enumerate(zip(seeds, splits, strict=True)):
        written = {
            EXTRACT: [split.best(each) for each in split.test],
            TRUNCATED: [split.alphabet.text(row) for row in tokens[at].tolist()],
            BOTH: [split.alphabet.text(row) for row in tokens[len(seeds) + at].tolist()],
        }
        for arm, texts in written.items():
            values = [
                lead.rouge(each.summary, text, by)
                for each, text in zip(split.test, texts, strict=True)
            ]
            for kind, value in zip(lead.KINDS, np.mean(values, axis=0).tolist(), strict=True):
                scores.add(kind.lower(), value, len(texts), arm=arm, seed=seed)
    for at, arm in enumerate((TRUNCATED, BOTH)):
        looks = TrainingCurve(len(curve))
        for losses in curve[:, at * len(seeds) : (at + 1) * len(seeds)]:
            looks.add(losses)
        scores.add_curve(looks, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves), {"seconds": trained.course.seconds})


class Split:
    """The paragraphs of a seed, with the extractor and the alphabet of its training part.

    Args:
        every: All paragraphs.
        seed: Of the split.
        recipe: Settings of the comparison.
    """

    def __init__(self, every: Sequence[Paragraph], seed: int, recipe: Recipe) -> None:
        from evaluators.experiments._lead_sentences import Extractor
        from evaluators.experiments._summary_pairs import Alphabet

        order = np.random.default_rng([seed, 0]).permutation(len(every)).tolist()
        self.test = [every[place] for place in order[: recipe.tested]]
        self.train = [every[place] for place in order[recipe.tested :]]
        self._room = recipe.room
        self._extractor = Extractor(self.train)
        texts = [each.summary + each.source for each in self.train]
        self.alphabet = Alphabet(texts, recipe.vocabulary)

    def best(self, paragraph: Paragraph) -> str:
        """Return the sentence most worth reading."""
        return paragraph.sentences[self._extractor.order(paragraph.sentences)[0]]

    def pairs(self, arm: str) -> tuple[Pairs, Pairs]:
        """Return what the generator of an arm trains on and is tested on."""
        return self._tokens(self.train, arm), self._tokens(self.test, arm)

    def _tokens(self, part: Sequence[Paragraph], arm: str) -> Pairs:
        from evaluators.experiments._summary_pairs import Pairs

        rows = [
            self.alphabet.pair(
                each.source
                if arm == TRUNCATED
                else self._extractor.extract(each.sentences, self._room),
                each.summary,
                self._room,
            )
            for each in part
        ]
        return Pairs(*(np.array(side) for side in zip(*rows, strict=True)))
