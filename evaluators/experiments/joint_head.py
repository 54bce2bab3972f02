"""Compare one head on pairs of paraphrases and on NLI with either alone, on made-up texts.

A text is 24 numbers of topic, a polarity and 24 of style, mixed by a random map. The matching
source asks whether two texts are paraphrases: of one topic, or of two that share 20 of 24
dimensions; its pairs never differ in polarity. The NLI source has pairs that entail (one topic and
polarity), contradict (the other polarity) or are neutral (half the topic). The head reads
[u; v; |u − v|] and has five classes. With a task mask an example's loss sees the classes of its own
source alone, which is the same as two heads, one for each source; without, all five compete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import model_validator

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
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
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.batch_sweep.networks import Network

Arm = Literal["joint", "unmasked", "match-only", "nli-only"]

TOPIC = STYLE = 24
SHARED, NEUTRAL = 20, 12
"""Dimensions of topic that pairs share which are no paraphrases, and which are neutral."""

WIDTH, HIDDEN, OUT = 64, 128, 32
NOISE = 0.1
"""Standard deviation of the noise on a text's topic, whose own is 1; a polarity is 1 or −1."""

MATCHES, CLASSES = 2, 5
"""Classes of matching (no paraphrase, one), and of all: then entailed, neutral, contradicted."""

TESTED = 2000
"""Number of scored pairs of each kind."""


class JointHeadRequest(Request):
    """The keys of an `evaluator: joint_head` entry in a plan.

    Attributes:
        arms: Ways of training: `joint`, `unmasked`, `match-only`, `nli-only`.
        seeds: Seeds; each makes one world and network, and all train together.
        pairs: Number of training pairs of each source, at least `batch`.
        epochs: Number of epochs.
        batch: Pairs of each source a step, at least 2.
        rate: Learning rate of Adam.
    """

    arms: Distinct[Arm] = ("joint", "unmasked", "match-only", "nli-only")
    seeds: Seeds = tuple(range(1000, 1005))
    pairs: Count = 10_000
    epochs: Count = 8
    batch: AtLeastTwo = 32
    rate: Positive = 2e-3

    @model_validator(mode="after")
    def _whole_batches(self) -> Self:
        if self.pairs < self.batch:
            raise ValueError(
                f"pairs must be no fewer than a batch of {self.batch}, got {self.pairs}"
            )
        return self


class JointHead(Evaluator[JointHeadRequest]):
    """The arms are label sources and heads; a seed draws a world of texts and a network."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("pairs", "epochs")
    Request = JointHeadRequest

    def jobs(
        self, request: JointHeadRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for all arms and seeds."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        shared = {"arms": sorted(request.arms), "seeds": sorted(request.seeds)}
        return [self.job("made-up pairs of two sources", {**shared, **recipe})]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        report = stage_progress(session.progress, "joint head")
        arms, seeds = params.pop("arms"), params.pop("seeds")
        return compare(arms, seeds, Recipe(**params), report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    pairs: int
    epochs: int
    batch: int
    rate: float


def compare(arms: list[Arm], seeds: list[int], recipe: Recipe, report: Report) -> Result:
    """Return what each arm makes of new pairs, and the networks before training (`raw`).

    `spearman` is of the cosine with the label of matching pairs, at most 0.866, as half of all
    labels are tied. `negation_cosine` and `paraphrase_cosine` are mean cosines of texts of one
    topic, with different and with the same polarity.

    Args:
        arms: Ways of training.
        seeds: One world and network each.
        recipe: Settings of the training.
        report: Called with the arms done and all of them.
    """
    scores = ArmScores(
        f"{recipe.pairs} pairs of each source, {recipe.epochs} epochs, rate {recipe.rate:g}, batch"
        f" {recipe.batch}"
    )
    with one_thread():
        worlds = Worlds(seeds)
        sources = Sources(worlds.matching(recipe.pairs), worlds.nli(recipe.pairs))
        tested = Tested(
            worlds.matching(TESTED),
            negation=worlds.alike(TESTED, polarity=-1),
            paraphrase=worlds.alike(TESTED, polarity=1),
        )
        score(scores, "raw", new_head(seeds).network, tested, seeds)
        for done, arm in enumerate(arms):
            report(done, len(arms))
            curve = TrainingCurve(recipe.epochs * (recipe.pairs // recipe.batch))
            network = train(arm, sources, seeds, recipe, curve).network
            score(scores, arm, network, tested, seeds)
            scores.add_curve(curve, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


class Pairs(NamedTuple):
    """Labelled pairs of S worlds.

    Attributes:
        first: (S, n, 64).
        second: (S, n, 64).
        labels: (S, n), of the five classes.
    """

    first: Tensor
    second: Tensor
    labels: Tensor


class Sources(NamedTuple):
    """The two label sources."""

    match: Pairs
    nli: Pairs


class Tested(NamedTuple):
    """What is scored: matching pairs, negations and paraphrases."""

    match: Pairs
    negation: Pairs
    paraphrase: Pairs


class Worlds:
    """Texts of one world for each seed, which does not depend on the others."""

    def __init__(self, seeds: list[int]) -> None:
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        numbers = TOPIC + 1 + STYLE
        self.mix = self.normal(numbers, WIDTH) / numbers**0.5

    def normal(self, *shape: int) -> Tensor:
        """Return normal numbers, (S, …)."""
        return torch.stack([torch.randn(*shape, generator=each) for each in self.generators])

    def matching(self, count: int) -> Pairs:
        """Return pairs of which half are paraphrases; the polarity of a pair is one."""
        labels = self._labels(count, MATCHES)
        return self._pairs(labels, shared={0: SHARED}, turned=())

    def nli(self, count: int) -> Pairs:
        """Return pairs of which a third each are entailed, neutral and contradicted."""
        labels = self._labels(count, CLASSES - MATCHES) + MATCHES
        return self._pairs(labels, shared={MATCHES + 1: NEUTRAL}, turned=(MATCHES + 2,))

    def alike(self, count: int, *, polarity: int) -> Pairs:
        """Return pairs of one topic, whose polarities are the same (1) or not (−1)."""
        label = MATCHES if polarity == 1 else MATCHES + 2
        labels = torch.full((len(self.generators), count), label)
        return self._pairs(labels, shared={}, turned=(MATCHES + 2,))

    def _labels(self, count: int, classes: int) -> Tensor:
        order = [torch.randperm(count, generator=each) % classes for each in self.generators]
        return torch.stack(order)

    def _pairs(self, labels: Tensor, shared: dict[int, int], turned: tuple[int, ...]) -> Pairs:
        """Return pairs of these labels.

        Args:
            labels: (S, n).
            shared: By label, how many dimensions of the topic are shared, where not all are.
            turned: Labels whose second text has the other polarity.
        """
        count = labels.shape[1]
        topic, other = self.normal(count, TOPIC), self.normal(count, TOPIC)
        polarity = self.normal(count, 1).sign()
        near, turn = topic, torch.ones_like(polarity)
        for label, dimensions in shared.items():
            own = torch.arange(TOPIC) >= dimensions
            near = torch.where((labels == label)[..., None] & own, other, near)
        for label in turned:
            turn = torch.where((labels == label)[..., None], -1.0, turn)
        texts = [
            torch.cat(
                [topics + NOISE * self.normal(count, TOPIC), sign, self.normal(count, STYLE)], -1
            )
            @ self.mix
            for topics, sign in ((topic, polarity), (near, polarity * turn))
        ]
        return Pairs(texts[0], texts[1], labels)


class Head(NamedTuple):
    """S networks, and a head without a bias on each.

    Attributes:
        network: Encodes texts.
        weight: (S, 96, 5).
    """

    network: Network
    weight: Tensor


def new_head(seeds: list[int]) -> Head:
    """Return networks and heads with fresh weights, the same for all arms of a seed."""
    from evaluators.batch_sweep.networks import new_network

    own = [seed + 1_000_003 for seed in seeds]
    network = new_network((WIDTH, HIDDEN, OUT), own, torch.device("cpu"))
    generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
    normal = [torch.randn(3 * OUT, CLASSES, generator=each) for each in generators]
    return Head(network, (torch.stack(normal) * (3 * OUT) ** -0.5).requires_grad_())


def train(
    arm: Arm, sources: Sources, seeds: list[int], recipe: Recipe, curve: TrainingCurve
) -> Head:
    """Return trained networks and heads.

    Args:
        arm: Which sources, and whether their classes compete.
        sources: Training pairs.
        seeds: One network each.
        recipe: Settings of the training.
        curve: Takes the losses of each step.
    """
    from evaluators.experiments._sentence_vectors import batches, rows_of

    head = new_head(seeds)
    generators = [torch.Generator().manual_seed(seed + 3_000_003) for seed in seeds]
    optimiser = torch.optim.Adam([*head.network.parameters(), head.weight], lr=recipe.rate)
    used = {"match-only": sources[:1], "nli-only": sources[1:]}.get(arm, sources)
    for _, chosen in batches(recipe.pairs, recipe.batch, recipe.epochs, generators):
        parts = [[rows_of(part, chosen) for part in source] for source in used]
        batch = Pairs(*(torch.cat(each, dim=1) for each in zip(*parts, strict=True)))
        losses = loss(head, batch, masked=arm != "unmasked")
        optimiser.zero_grad()
        torch.autograd.backward(losses.sum())
        optimiser.step()
        curve.add(losses)
    return head


def loss(head: Head, batch: Pairs, *, masked: bool) -> Tensor:
    """Return the mean cross-entropy of each network, (S,).

    Args:
        head: S networks and heads.
        batch: Pairs of one source or both.
        masked: Whether an example's loss sees the classes of its own source alone.
    """
    from evaluators.contrastive.pair_losses import features, masked_classes

    u, v = head.network.outputs(batch.first), head.network.outputs(batch.second)
    logits = features(u, v) @ head.weight
    is_match = torch.arange(CLASSES) < MATCHES
    allowed = (batch.labels < MATCHES)[..., None] == is_match
    if not masked:
        allowed = torch.ones_like(allowed)
    worlds = zip(logits, batch.labels, allowed, strict=True)
    return torch.stack([masked_classes(*world) for world in worlds])


def score(scores: ArmScores, arm: str, network: Network, tested: Tested, seeds: list[int]) -> None:
    """Add the scores of an arm's networks."""
    from torch.nn.functional import cosine_similarity

    from evaluators.experiments._sentence_vectors import correlations

    with torch.no_grad():
        match, negation, paraphrase = (
            (network.outputs(pairs.first), network.outputs(pairs.second)) for pairs in tested
        )
    by_metric = {
        "spearman": correlations(*match, tested.match.labels),
        "negation_cosine": cosine_similarity(*negation, dim=-1).mean(dim=1).tolist(),
        "paraphrase_cosine": cosine_similarity(*paraphrase, dim=-1).mean(dim=1).tolist(),
    }
    for metric, values in by_metric.items():
        for seed, value in zip(seeds, values, strict=True):
            scores.add(metric, value, TESTED, arm=arm, seed=seed)
