"""Compare CoSENT, Sentence-BERT and direct cosine losses on made-up pairs with hard negatives.

A pair is two texts of one topic, or of two topics that are nearly the same. The bi-encoders of all
seeds are trained at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

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
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.sts.spearman import spearman
from evaluators.trainer.threshold import best_threshold, worth_at
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from evaluators.batch_sweep.networks import Network

Arm = Literal["cosent", "sbert", "linear-cosine", "squared-cosine"]
HELD_OUT, TESTED = 1000, 2000

TOPIC = 24
STYLE = 24
WIDTH = 64
"""Width of a text's vector: topic and style, mixed by a random map of each seed."""

NOISE = 0.1
"""Standard deviation of the noise on a text's topic, whose own is 1."""

HIDDEN, OUT = 128, 32


class PairLossesRequest(Request):
    """The keys of an `evaluator: pair_losses` entry in a plan.

    Attributes:
        arms: Losses: `cosent`, `sbert`, `linear-cosine`, `squared-cosine`.
        shared: Numbers of the 24 topic dimensions that the texts of a negative pair share, 0 to
            23; each is a setting.
        pairs: Numbers of training pairs, each at least `batch`; each is a setting.
        seeds: Seeds; each makes one data set and network, and those of a setting train together.
        epochs: Number of training epochs.
        batch: Number of pairs a step, at least 2.
        rate: Learning rate of Adam.
    """

    arms: Distinct[Arm] = ("cosent", "sbert", "linear-cosine", "squared-cosine")
    shared: Distinct[Annotated[int, Field(ge=0, lt=TOPIC)]] = (0, 20)
    pairs: Distinct[int] = (4_000, 16_000)
    seeds: Seeds = (0, 1, 2, 3, 4)
    epochs: Count = 6
    batch: Annotated[int, Field(ge=2)] = 32
    rate: Positive = 2e-3

    @model_validator(mode="after")
    def _whole_batches(self) -> Self:
        if min(self.pairs) < self.batch:
            raise ValueError(
                f"pairs must be no fewer than a batch of {self.batch}, got {list(self.pairs)}"
            )
        return self


class PairLosses(Evaluator[PairLossesRequest]):
    """The arms are the losses; a seed draws a world of texts and a network."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("epochs",)
    Request = PairLossesRequest

    def jobs(
        self, request: PairLossesRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting and loss, all seeds of it at once."""
        shared = {
            "seeds": sorted(request.seeds),
            "epochs": request.epochs,
            "batch": request.batch,
            "rate": request.rate,
        }
        return [
            self.job("made-up pairs", {"shared": dimensions, "pairs": pairs, "arm": arm, **shared})
            for dimensions in sorted(request.shared)
            for pairs in sorted(request.pairs)
            for arm in request.arms
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        stage = f"{params['arm']}, {params['shared']} of {TOPIC} shared"
        return compare(**params, recipe=recipe, report=stage_progress(session.progress, stage))


class Recipe(NamedTuple):
    """Settings of the training of bi-encoders.

    Attributes:
        epochs: Number of epochs.
        batch: Pairs per step.
        rate: Learning rate of Adam.
    """

    epochs: int
    batch: int
    rate: float


def compare(
    arm: Arm, shared: int, pairs: int, seeds: list[int], recipe: Recipe, report: Report
) -> Result:
    """Return Spearman's correlation and accuracy of one loss on new pairs.

    `spearman` after the last epoch and `spearman_first` after the first are with the label on
    2,000 pairs; they cannot exceed 0.866, as half of all labels are tied. `accuracy` is that of
    the threshold that is best on 1,000 held-out pairs.

    Args:
        arm: The loss.
        shared: Dimensions of topic that the texts of a negative share, of 24.
        pairs: Number of training pairs.
        seeds: One world and network each.
        recipe: Settings of the training.
        report: Called with the epochs done and all of them.
    """
    scores = ArmScores(
        f"negatives share {shared} of {TOPIC}, {pairs} pairs, {recipe.epochs} epochs,"
        f" rate {recipe.rate:g}, batch {recipe.batch}"
    )
    with one_thread():
        all_pairs = draw_pairs(shared, pairs + HELD_OUT + TESTED, seeds)
        held_out = all_pairs.part(pairs, pairs + HELD_OUT)
        tested = all_pairs.part(pairs + HELD_OUT, pairs + HELD_OUT + TESTED)
        gold = tested.labels.double().numpy()
        curve = TrainingCurve(recipe.epochs * (pairs // recipe.batch))
        training = train(arm, all_pairs.part(0, pairs), seeds, recipe, curve)
        for epoch, network in enumerate(training, 1):
            report(epoch, recipe.epochs)
            if epoch not in (1, recipe.epochs):
                continue
            with torch.no_grad():
                on_held_out = cosines(network, held_out).double().numpy()
                on_tested = cosines(network, tested).double().numpy()
            for place, seed in enumerate(seeds):
                correlation = float(spearman(on_tested[place], gold[place]))
                if epoch == 1:
                    scores.add("spearman_first", correlation, TESTED, arm=arm, seed=seed)
                if epoch == recipe.epochs:
                    scores.add("spearman", correlation, TESTED, arm=arm, seed=seed)
                    cut = best_threshold(on_held_out[place], held_out.labels[place]).value
                    accuracy = worth_at(on_tested[place], gold[place], cut)
                    scores.add("accuracy", accuracy, TESTED, arm=arm, seed=seed)
        scores.add_curve(curve, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


class Pairs(NamedTuple):
    """Labelled pairs of S worlds.

    Attributes:
        first: (S, n, 64).
        second: (S, n, 64).
        labels: (S, n), 1 for two texts of one topic.
    """

    first: torch.Tensor
    second: torch.Tensor
    labels: torch.Tensor

    def part(self, start: int, stop: int) -> Pairs:
        """Return some of the pairs of every world."""
        return Pairs(*(tensor[:, start:stop] for tensor in self))


def draw_pairs(shared: int, n: int, seeds: list[int]) -> Pairs:
    """Return pairs, half of them negatives whose topics agree in `shared` of 24 dimensions.

    Args:
        shared: 0…24; the other dimensions of a negative's second text are drawn independently.
        n: Pairs of each world.
        seeds: One world each, which does not depend on the other seeds.
    """
    worlds = [_world(shared, n, torch.Generator().manual_seed(seed)) for seed in seeds]
    return Pairs(*(torch.stack(tensors) for tensors in zip(*worlds, strict=True)))


def _world(shared: int, n: int, generator: torch.Generator) -> Pairs:
    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    mix = normal(TOPIC + STYLE, WIDTH) / (TOPIC + STYLE) ** 0.5
    labels = (torch.arange(n) % 2)[torch.randperm(n, generator=generator)]
    topic, other = normal(n, TOPIC), normal(n, TOPIC)
    other[:, :shared] = topic[:, :shared]
    second = torch.where(labels[:, None] == 1, topic, other)
    texts = [
        torch.cat([topics + NOISE * normal(n, TOPIC), normal(n, STYLE)], dim=1) @ mix
        for topics in (topic, second)
    ]
    return Pairs(texts[0], texts[1], labels)


def cosines(network: Network, pairs: Pairs) -> torch.Tensor:
    """Return the cosine of each pair, (S, n)."""
    first, second = (
        torch.nn.functional.normalize(network.outputs(texts), dim=-1) for texts in pairs[:2]
    )
    return (first * second).sum(dim=-1)


def train(
    arm: Arm, pairs: Pairs, seeds: list[int], recipe: Recipe, curve: TrainingCurve
) -> Iterator[Network]:
    """Yield the networks after each epoch; they are trained on in place.

    First weights and order of the pairs are the same for all arms of a seed.

    Args:
        arm: `sbert`, or one of `COSINE_LOSSES`.
        pairs: Training pairs.
        seeds: One network each.
        recipe: Settings of the training.
        curve: Takes the losses of each step.
    """
    from evaluators.batch_sweep.networks import new_network

    network = new_network((WIDTH, HIDDEN, OUT), seeds, torch.device("cpu"))
    generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
    # Drawn for every arm, although only `sbert` uses it, so that the order after it is the same.
    normal = [torch.randn(3 * OUT, 2, generator=generator) for generator in generators]
    classes = (torch.stack(normal) * (3 * OUT) ** -0.5).requires_grad_()
    optimiser = torch.optim.Adam([*network.parameters(), classes], lr=recipe.rate)
    rows = torch.arange(len(seeds))[:, None]
    n = pairs.labels.shape[1]
    for _ in range(recipe.epochs):
        order = torch.stack([torch.randperm(n, generator=each) for each in generators])
        for start in range(0, n - recipe.batch + 1, recipe.batch):
            chosen = order[:, start : start + recipe.batch]
            batch = Pairs(*(each[rows, chosen] for each in pairs))
            optimiser.zero_grad()
            # A sum over networks, so that each has the gradient of its own loss.
            losses = _loss(arm, network, classes, batch)
            torch.autograd.backward(losses.sum())
            optimiser.step()
            curve.add(losses)
        yield network


def _loss(arm: Arm, network: Network, classes: torch.Tensor, batch: Pairs) -> torch.Tensor:
    from evaluators.contrastive.pair_losses import COSINE_LOSSES, features

    if arm != "sbert":
        return COSINE_LOSSES[arm](cosines(network, batch), batch.labels)
    u, v = network.outputs(batch.first), network.outputs(batch.second)
    logits = features(u, v) @ classes
    each = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), batch.labels.flatten(), reduction="none"
    )
    return each.view(batch.labels.shape).mean(dim=1)
