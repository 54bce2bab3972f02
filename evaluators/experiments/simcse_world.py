"""Compare SimCSE with whitening on made-up sentences, by pooling and amount of training.

A sentence is eight words in two roles, four each. A word has a meaning and a spelling of its own,
and sentences about a topic have words that are near it. The encoder is a token table that knows the
meanings, roles of positions, and one layer of attention with a [CLS] that nothing was trained for.
Graded pairs are of two topics that are more or less alike. Swapped pairs are one sentence and its
words in another order: a paraphrase where words move inside their role, none where two of each
change roles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    Share,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

VOCABULARY, MEANING, WIDTH = 400, 16, 32
"""Number of words, dimensions of their meanings, and of the encoder."""

ROLE = 4
"""Words of a role; a sentence has two roles."""

LENGTH = 2 * ROLE
MOVED = 2
"""Words of each role that change places with the other's, where a swapped pair differs."""

SHARPNESS = 0.5
"""A word's chance is its frequency times exp(sharpness · its meaning · the topic)."""

SPELLING, MEAN, FREQUENCY, ROLES, PLACES = 0.5, 1.0, 1.0, 0.5, 0.1
"""Size of what a word's vector has beside its meaning, whose size is 1: something of its own in
each dimension, a mean that all words share, a direction of log frequency, the vector of its role,
and of its place."""

TESTED = 2000
"""Number of scored pairs of each kind."""


class SimcseWorldRequest(Request):
    """The keys of an `evaluator: simcse_world` entry in a plan.

    Attributes:
        seeds: Seeds; each makes one world and encoder, and all train together.
        sentences: Number of sentences of one epoch of the arm `simcse`, at least four batches.
        longer: How many times more the longer arms are trained: so many epochs, or so many times
            the sentences.
        batch: Sentences a step, at least 2.
        rate: Learning rate of Adam.
        dropout: Share of units that dropout takes.
    """

    seeds: Seeds = tuple(range(1000, 1005))
    sentences: Count = 10_000
    longer: AtLeastTwo = 4
    batch: AtLeastTwo = 64
    rate: Positive = 1e-2
    dropout: Share = 0.3

    @model_validator(mode="after")
    def _whole_batches(self) -> Self:
        if self.sentences < 4 * self.batch:
            raise ValueError(
                f"sentences must be at least four batches of {self.batch}, got {self.sentences}"
            )
        return self


class SimcseWorld(Evaluator[SimcseWorldRequest]):
    """The arms are ways of making sentence vectors; a seed draws a world and an encoder."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("sentences", "longer")
    Request = SimcseWorldRequest

    def jobs(
        self, request: SimcseWorldRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for all arms and seeds."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        return [self.job("made-up sentences", {"seeds": sorted(request.seeds), **recipe})]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        report = stage_progress(session.progress, "SimCSE on made-up sentences")
        return compare(params.pop("seeds"), Recipe(**params), report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    sentences: int
    longer: int
    batch: int
    rate: float
    dropout: float


def compare(seeds: list[int], recipe: Recipe, report: Report) -> Result:
    """Return Spearman's correlation of every arm on graded and on swapped pairs.

    Args:
        seeds: One world and encoder each.
        recipe: Settings of the training.
        report: Called with the trainings done and all of them.
    """
    from evaluators.experiments._sentence_vectors import whitened

    about = (
        f"{recipe.sentences} sentences, dropout {recipe.dropout:g}, rate {recipe.rate:g}, batch"
        f" {recipe.batch}"
    )
    results = [ArmScores(f"{kind}, {about}") for kind in ("graded pairs", "swapped words")]
    with one_thread():
        worlds = Worlds(seeds)
        pairs = [worlds.graded(TESTED), worlds.swapped(TESTED)]
        corpus = worlds.sentences(recipe.longer * recipe.sentences)
        few = corpus[:, : recipe.sentences]

        def score(arm: str, pooled: list[list[Tensor]]) -> None:
            from evaluators.experiments._sentence_vectors import correlations

            for scores, (first, second), kind in zip(results, pooled, pairs, strict=True):
                found = correlations(first, second, kind.gold)
                for seed, value in zip(seeds, found, strict=True):
                    scores.add("spearman", value, TESTED, arm=arm, seed=seed)

        encoder = Encoders.drawn(worlds)
        seen = encoder.pooled(few)
        before = [[encoder.pooled(side) for side in kind[:2]] for kind in pairs]
        for name in POOLINGS:
            raw = [[side[name] for side in sides] for sides in before]
            mean = seen[name].mean(dim=1, keepdim=True)
            score(_arm("raw", name), raw)
            score(_arm("centred", name), [[side - mean for side in two] for two in raw])
            score(_arm("whitened-train", name), [whitened(two, seen[name]) for two in raw])
            target = [whitened(two, torch.cat(two, dim=1)) for two in raw]
            score(_arm("whitened-target", name), target)
        trainings = list(_trainings(recipe, few, corpus))
        for done, training in enumerate(trainings):
            report(done, len(trainings))
            encoder = Encoders.drawn(worlds)
            for steps in train(encoder, training, seeds, recipe):
                if steps not in training.arms:
                    continue
                after = [[encoder.pooled(side) for side in kind[:2]] for kind in pairs]
                name = training.pooling
                pooled = [[side[name] for side in sides] for sides in after]
                score(_arm(training.arms[steps], name), pooled)
    return Result(tuple(score for scores in results for score in scores.scores))


def _arm(method: str, pooling: str) -> str:
    return method if pooling == "mean" else f"{method}/{pooling}"


class Training(NamedTuple):
    """One training of all encoders.

    Attributes:
        sentences: (S, n, 8).
        epochs: Number of epochs.
        pooling: What is trained and scored.
        arms: By number of steps, the arm that the encoders are after them.
    """

    sentences: Tensor
    epochs: int
    pooling: str
    arms: Mapping[int, str]


def _trainings(recipe: Recipe, few: Tensor, corpus: Tensor) -> Iterator[Training]:
    epoch, quarter = recipe.sentences // recipe.batch, recipe.sentences // 4
    amounts = {
        quarter // recipe.batch: f"simcse ({quarter} sentences)",
        epoch: "simcse",
        recipe.longer * epoch: f"simcse ({recipe.longer} epochs)",
    }
    yield Training(few, recipe.longer, "mean", amounts)
    many = corpus.shape[1]
    yield Training(corpus, 1, "mean", {many // recipe.batch: f"simcse ({many} sentences)"})
    yield Training(few, 1, "cls", {epoch: "simcse"})


class Pairs(NamedTuple):
    """Scored pairs of S worlds.

    Attributes:
        first: (S, n, 8), the words of each sentence.
        second: (S, n, 8).
        gold: (S, n).
    """

    first: Tensor
    second: Tensor
    gold: Tensor


class Worlds:
    """Words and sentences of one world for each seed, which does not depend on the others."""

    def __init__(self, seeds: list[int]) -> None:
        self.seeds = seeds
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.meanings = self.normal(VOCABULARY, MEANING)
        ranks = torch.arange(1, VOCABULARY + 1).float()
        self.log_frequency = -ranks.log()

    def normal(self, *shape: int) -> Tensor:
        """Return normal numbers, (S, …)."""
        return torch.stack([torch.randn(*shape, generator=each) for each in self.generators])

    def uniform(self, *shape: int) -> Tensor:
        """Return numbers between 0 and 1, (S, …)."""
        return torch.stack([torch.rand(*shape, generator=each) for each in self.generators])

    def words(self, topics: Tensor) -> Tensor:
        """Return the words of a sentence about each topic, (S, n, 8)."""
        nearness = topics @ self.meanings.transpose(1, 2)
        chances = (SHARPNESS * nearness + self.log_frequency).softmax(-1)
        return torch.stack(
            [
                torch.multinomial(one, LENGTH, replacement=True, generator=each)
                for one, each in zip(chances, self.generators, strict=True)
            ]
        )

    def sentences(self, count: int) -> Tensor:
        """Return sentences about topics of their own, (S, count, 8)."""
        return self.words(self.normal(count, MEANING))

    def graded(self, count: int) -> Pairs:
        """Return pairs of topics whose correlation, the gold, is even between 0 and 1."""
        topics, other = self.normal(count, MEANING), self.normal(count, MEANING)
        gold = self.uniform(count)
        near = gold[..., None] * topics + (1 - gold.square()).sqrt()[..., None] * other
        return Pairs(self.words(topics), self.words(near), gold)

    def swapped(self, count: int) -> Pairs:
        """Return pairs of the same words, half of them (gold 0) with words that change roles."""
        first = self.sentences(count)
        gold = (torch.arange(count) % 2).expand(len(self.seeds), count)
        # Words move inside their role in every pair, so that no pair is one sentence twice.
        order = torch.cat(
            [self.uniform(count, ROLE).argsort(-1) + start for start in (0, ROLE)], dim=-1
        )
        changed = order.clone()
        changed[..., :MOVED] = order[..., ROLE : ROLE + MOVED]
        changed[..., ROLE : ROLE + MOVED] = order[..., :MOVED]
        order = torch.where(gold[..., None] == 1, order, changed)
        return Pairs(first, first.gather(-1, order), gold)


class Encoders(NamedTuple):
    """S encoders of a token table, places and one layer of attention.

    Attributes:
        table: (S, words + 1, 32); the last is [CLS].
        places: (S, 9, 32).
        attention: (S, 32, 128): queries, keys, values and what is added.
        inner: (S, 32, 64).
        outer: (S, 64, 32).
    """

    table: Tensor
    places: Tensor
    attention: Tensor
    inner: Tensor
    outer: Tensor

    @classmethod
    def drawn(cls, worlds: Worlds) -> Encoders:
        """Return encoders whose table knows the words' meanings, and whose layer is random."""
        fresh = Worlds([seed + 1_000_003 for seed in worlds.seeds])
        size = MEANING**0.5
        turned = worlds.meanings @ fresh.normal(MEANING, WIDTH) / size
        frequency = worlds.log_frequency - worlds.log_frequency.mean()
        table = (
            turned
            + SPELLING * fresh.normal(VOCABULARY, WIDTH)
            + MEAN * fresh.normal(1, WIDTH)
            + FREQUENCY * (frequency / frequency.std())[:, None] * fresh.normal(1, WIDTH)
        )
        roles = ROLES * fresh.normal(2, WIDTH).repeat_interleave(ROLE, dim=1)
        places = PLACES * fresh.normal(LENGTH + 1, WIDTH)
        places[:, 1:] += roles
        # As BERT's weights at its start: small, so that the token itself leads.
        parts = [fresh.normal(WIDTH, each) / WIDTH for each in (4 * WIDTH, 2 * WIDTH)]
        outer = fresh.normal(2 * WIDTH, WIDTH) / WIDTH
        every = (torch.cat([table, fresh.normal(1, WIDTH)], dim=1), places, *parts, outer)
        return cls(*(part.requires_grad_() for part in every))

    def states(
        self, words: Tensor, rate: float = 0.0, generators: list[torch.Generator] | None = None
    ) -> Tensor:
        """Return the states of each token, [CLS] first, (S, n, 9, 32).

        Args:
            words: (S, n, 8).
            rate: Of dropout; 0 without generators.
            generators: Draw the masks.
        """
        from torch.nn.functional import layer_norm

        from evaluators.experiments._sentence_vectors import dropped, rows_of

        def masked(values: Tensor) -> Tensor:
            return values if generators is None else dropped(values, rate, generators)

        def by_world(values: Tensor, weight: Tensor) -> Tensor:
            return (values.flatten(1, 2) @ weight).view(*values.shape[:-1], -1)

        worlds, count, _ = words.shape
        tokens = torch.cat([words.new_full((worlds, count, 1), VOCABULARY), words], dim=-1)
        table = rows_of(self.table, tokens.flatten(1)).view(worlds, count, LENGTH + 1, WIDTH)
        first = masked(table + self.places[:, None])
        normed = layer_norm(first, (WIDTH,))
        query, key, value, added = by_world(normed, self.attention).chunk(4, -1)
        weights = (query @ key.transpose(-1, -2) / WIDTH**0.5).softmax(-1)
        middle = first + masked(weights @ value + added)
        inner = by_world(layer_norm(middle, (WIDTH,)), self.inner).relu()
        return middle + masked(by_world(inner, self.outer))

    def pooled(self, words: Tensor) -> Mapping[str, Tensor]:
        """Return the vectors of sentences without dropout, by pooling, each (S, n, 32)."""
        with torch.no_grad():
            states = self.states(words)
        return {name: pooling(states) for name, pooling in POOLINGS.items()}


POOLINGS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda states: states.mean(dim=2),
    "cls": lambda states: states[:, :, 0],
}
"""How states become a vector; an arm without a name of its pooling has the mean."""


def train(encoder: Encoders, training: Training, seeds: list[int], recipe: Recipe) -> Iterator[int]:
    """Train encoders in place with dropout twice, and yield the number of steps after each.

    Args:
        encoder: S encoders.
        training: On what, for how long.
        seeds: Seeds of orders and masks.
        recipe: Settings of the training.
    """
    from evaluators.experiments._sentence_vectors import batches, rows_of, simcse_loss

    generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
    optimiser = torch.optim.Adam(encoder, lr=recipe.rate)
    sentences, pool = training.sentences, POOLINGS[training.pooling]
    drawn = batches(sentences.shape[1], recipe.batch, training.epochs, generators)
    for steps, (_, chosen) in enumerate(drawn, 1):
        twice = rows_of(sentences, chosen).repeat(1, 2, 1)
        states = encoder.states(twice, recipe.dropout, generators)
        first, second = pool(states).chunk(2, dim=1)
        optimiser.zero_grad()
        torch.autograd.backward(simcse_loss(first, second).sum())
        optimiser.step()
        yield steps
