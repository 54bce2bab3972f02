"""Distil a teacher's similarities into a student that must also tell how a text is written.

A text is 24 numbers of topic and 24 of style, mixed by a random map; it is a question or a
statement, which moves its style. The teacher is trained on pairs of questions of one topic. The
student begins with other weights, reads both types, and learns which of 32 styles a text has, as a
loss of generation wants: without distillation its cosines are of styles. As with words, a style can
be expressed by several classes: the class is drawn, so that the loss has a least value and training
an end. Two more arms learn pairs
of one topic, as the teacher does, on both types: in batches of one type, or in mixed ones, where
half the negatives are easy. All are scored on questions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic import model_validator

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
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
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.batch_sweep.networks import Network

TOPIC = STYLE = 24
WIDTH, HIDDEN, OUT = 64, 128, 32
STYLES = 32
"""Classes of the conflicting loss: the nearest of so many random styles."""

NOISE = 0.5
"""Standard deviation of the noise on a text's topic, whose own is 1."""

TYPE = 1.0
"""How far a type moves each dimension of style, whose standard deviation is 1."""

TESTED = 2000
"""Number of scored pairs of questions, whose topics' correlations are even between 0 and 1."""

POOL = 1000
"""Number of questions among which the one of the same topic is looked for."""


SPREAD = 2.5
"""How freely a class is drawn, a temperature; a text's scores for the classes deviate by √24.

At 0 the classes can be told without error, and then the loss falls for as long as weights grow.
"""


class SimilarityDistillationRequest(Request):
    """The keys of an `evaluator: similarity_distillation` entry in a plan.

    Attributes:
        seeds: Seeds; each makes one world, teacher and students, and all train together.
        texts: Number of training pairs of texts of one topic, at least two batches.
        epochs: Number of epochs of every network.
        batch: Texts a step, an even number of at least 4.
        rate: Learning rate of Adam.
        weight: λ of the distillation.
    """

    seeds: Seeds = tuple(range(1010, 1015))
    texts: Count = 60_000
    epochs: Count = 6
    batch: AtLeastTwo = 64
    rate: Positive = 2e-3
    weight: Positive = 100.0

    @model_validator(mode="after")
    def _whole_batches(self) -> Self:
        if self.batch % 2 or self.batch < 4 or self.texts < 2 * self.batch:
            raise ValueError(
                "batch must be even and at least 4, and texts at least two batches, got a batch of"
                f" {self.batch} and {self.texts} texts"
            )
        return self


class SimilarityDistillation(Evaluator[SimilarityDistillationRequest]):
    """The arms are the teacher and ways to train a student; a seed draws a world."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("texts", "epochs")
    Request = SimilarityDistillationRequest

    def jobs(
        self, request: SimilarityDistillationRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for all arms and seeds."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        return [self.job("made-up texts", {"seeds": sorted(request.seeds), **recipe})]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        report = stage_progress(session.progress, "distillation of similarities")
        return compare(params.pop("seeds"), Recipe(**params), report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    texts: int
    epochs: int
    batch: int
    rate: float
    weight: float


def compare(seeds: list[int], recipe: Recipe, report: Report) -> Result:
    """Return Spearman's correlation and recall@1 of every arm on questions.

    Args:
        seeds: One world each.
        recipe: Settings of the training.
        report: Called with the arms done and all of them.
    """
    from evaluators.experiments._sentence_vectors import correlations

    scores = ArmScores(
        f"{recipe.texts} pairs, {recipe.epochs} epochs, rate {recipe.rate:g}, batch"
        f" {recipe.batch}, weight {recipe.weight:g}"
    )
    with one_thread():
        worlds = Worlds(seeds)
        pairs = worlds.pairs(recipe.texts)
        first, second, gold = worlds.graded(TESTED)
        pool = worlds.pairs(POOL, only_questions=True)
        teacher: Network | None = None
        for done, arm in enumerate(ARMS):
            report(done, len(ARMS))
            curve = TrainingCurve(recipe.epochs * _steps(arm, pairs, recipe))
            network = train(arm, pairs, seeds, recipe, curve, teacher)
            teacher = network if arm == "teacher" else teacher
            with torch.no_grad():
                sides = network.outputs(first), network.outputs(second)
                found = recall(network.outputs(pool.first), network.outputs(pool.second))
            for seed, value, hit in zip(seeds, correlations(*sides, gold), found, strict=True):
                scores.add("spearman", value, TESTED, arm=arm, seed=seed)
                scores.add("recall@1", hit, POOL, arm=arm, seed=seed)
            scores.add_curve(curve, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


ARMS = (
    "teacher",
    "without-distillation",
    "distillation",
    "pairs (one type)",
    "pairs (mixed types)",
)


class Pairs(NamedTuple):
    """Pairs of texts of one topic, of S worlds; the first half are questions, all where asked.

    Attributes:
        first: (S, n, 64).
        second: (S, n, 64).
        style: (S, n), the class drawn for the first text's style.
    """

    first: Tensor
    second: Tensor
    style: Tensor


class Worlds:
    """Texts of one world for each seed, which does not depend on the others."""

    def __init__(self, seeds: list[int]) -> None:
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.mix = self.normal(TOPIC + STYLE, WIDTH) / (TOPIC + STYLE) ** 0.5
        self.styles = self.normal(STYLE, STYLES)

    def normal(self, *shape: int) -> Tensor:
        """Return normal numbers, (S, …)."""
        return torch.stack([torch.randn(*shape, generator=each) for each in self.generators])

    def texts(self, topics: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Return texts about topics (S, n, 24), and the class drawn for each one's style.

        Args:
            topics: One for each text.
            kinds: (n,), 1 for a question and −1 for a statement.
        """
        style = self.normal(topics.shape[1], STYLE)
        noisy = topics + NOISE * self.normal(topics.shape[1], TOPIC)
        moved = style + TYPE * kinds[:, None]
        scores = style @ self.styles
        drawn = [torch.empty(scores.shape[1:]).exponential_(generator=g) for g in self.generators]
        # The largest of scores with Gumbel's noise is a draw from their softmax.
        classes = (scores - SPREAD * torch.stack(drawn).log()).argmax(-1)
        return torch.cat([noisy, moved], dim=-1) @ self.mix, classes

    def pairs(self, count: int, *, only_questions: bool = False) -> Pairs:
        """Return pairs of one topic and type each."""
        kinds = torch.ones(count)
        if not only_questions:
            kinds[count // 2 :] = -1
        topics = self.normal(count, TOPIC)
        first, style = self.texts(topics, kinds)
        second, _ = self.texts(topics, kinds)
        return Pairs(first, second, style)

    def graded(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return pairs of questions, and the correlation of their topics."""
        gold = torch.stack([torch.rand(count, generator=each) for each in self.generators])
        topics, other = self.normal(count, TOPIC), self.normal(count, TOPIC)
        near = gold[..., None] * topics + (1 - gold.square()).sqrt()[..., None] * other
        kinds = torch.ones(count)
        return self.texts(topics, kinds)[0], self.texts(near, kinds)[0], gold


def recall(queries: Tensor, keys: Tensor) -> list[float]:
    """Return the share of queries whose nearest key by cosine is their own, for each world."""
    from torch.nn.functional import normalize

    cosines = normalize(queries, dim=-1) @ normalize(keys, dim=-1).transpose(1, 2)
    hits = cosines.argmax(-1) == torch.arange(cosines.shape[-1])
    return [float(value) for value in hits.double().mean(dim=1)]


def _steps(arm: str, pairs: Pairs, recipe: Recipe) -> int:
    count = pairs.first.shape[1]
    if arm == "teacher":
        return (count // 2) // recipe.batch
    if arm == "pairs (one type)":
        return 2 * ((count // 2) // recipe.batch)
    return count // recipe.batch


def _batches(
    arm: str, count: int, recipe: Recipe, generators: list[torch.Generator]
) -> list[Tensor]:
    """Return the rows of each step of an epoch, (S, batch)."""

    def drawn(start: int, stop: int) -> list[Tensor]:
        order = [torch.randperm(stop - start, generator=each) + start for each in generators]
        whole = (stop - start) // recipe.batch * recipe.batch
        return list(torch.split(torch.stack(order)[:, :whole], recipe.batch, dim=1))

    if arm == "teacher":
        return drawn(0, count // 2)
    if arm == "pairs (one type)":
        both = zip(drawn(0, count // 2), drawn(count // 2, count // 2 * 2), strict=True)
        return [batch for pair in both for batch in pair]
    return drawn(0, count)


def train(
    arm: str,
    pairs: Pairs,
    seeds: list[int],
    recipe: Recipe,
    curve: TrainingCurve,
    teacher: Network | None,
) -> Network:
    """Return trained networks; first weights are the same for all arms but the teacher.

    Args:
        arm: One of `ARMS`.
        pairs: Training pairs.
        seeds: One network each.
        recipe: Settings of the training.
        curve: Takes the losses of each step.
        teacher: Whose similarities are distilled.
    """
    from evaluators.batch_sweep.networks import new_network
    from evaluators.experiments._sentence_vectors import rows_of

    own = 1_000_003 if arm == "teacher" else 2_000_003
    network = new_network((WIDTH, HIDDEN, OUT), [seed + own for seed in seeds], torch.device("cpu"))
    generators = [torch.Generator().manual_seed(seed + 3_000_003) for seed in seeds]
    normal = [torch.randn(OUT, STYLES, generator=each) for each in generators]
    classes = (torch.stack(normal) * OUT**-0.5).requires_grad_()
    loss = _loss_of(arm, network, classes, recipe, teacher)
    optimiser = torch.optim.Adam([*network.parameters(), classes], lr=recipe.rate)
    for _ in range(recipe.epochs):
        for chosen in _batches(arm, pairs.first.shape[1], recipe, generators):
            losses = loss(Pairs(*(rows_of(part, chosen) for part in pairs)))
            optimiser.zero_grad()
            torch.autograd.backward(losses.sum())
            optimiser.step()
            curve.add(losses)
    return network


def _loss_of(
    arm: str, network: Network, classes: Tensor, recipe: Recipe, teacher: Network | None
) -> Callable[[Pairs], Tensor]:
    """Return the loss of a batch for each network, (S,)."""
    from torch.nn.functional import cross_entropy

    from evaluators.contrastive.pair_losses import similarity_distillation
    from evaluators.experiments._sentence_vectors import simcse_loss

    def of_pairs(batch: Pairs) -> Tensor:
        return simcse_loss(network.outputs(batch.first), network.outputs(batch.second))

    def of_styles(batch: Pairs) -> Tensor:
        outputs = network.outputs(batch.first)
        logits = (outputs @ classes).transpose(1, 2)
        losses = cross_entropy(logits, batch.style, reduction="none").mean(dim=1)
        if arm == "distillation" and teacher is not None:
            with torch.no_grad():
                taught = teacher.outputs(batch.first)
            losses = losses + similarity_distillation(outputs, taught, recipe.weight)
        return losses

    return of_styles if arm.endswith("distillation") else of_pairs
