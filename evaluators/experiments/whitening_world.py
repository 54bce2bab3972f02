"""Compare whitening and its like on made-up sentence vectors: untuned, tuned, and isotropic.

A sentence has a meaning of 20 numbers, and the gold similarity of two is the cosine of their
meanings, with noise, as annotators see it. Its untuned vector holds the meaning as encoders without
tuning do (Ethayarajh 2019; Su and others 2021): beside three larger directions that have nothing to
do with it and many smaller ones of noise, by a power law, rotated, and with a mean that all
sentences share. Whitening can help by construction there. The controls are in the same world:

- `isotropic` vectors have no mean, and equal variance in every direction: whitening them is a
  rotation, so that every transform must tie with them;
- `tuned` vectors are a linear map of untuned ones, trained on other pairs with a loss of their
  cosine: what whitening would mend is mended, so that whitening must not gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

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
from evaluators.sts.names import TRANSFORMS

if TYPE_CHECKING:
    from evaluators.sts.whitening import Transform

Floats = NDArray[np.float64]
World = Literal["untuned", "tuned", "isotropic"]

MEANING = 20
LARGER = 5
"""Directions of larger variance than those of the meaning, which have nothing to do with it."""

COMMON = 1.5
"""Length of the mean that untuned vectors share, where the largest standard deviation is 1."""

ANNOTATORS = 0.1
"""Standard deviation of what annotators add to a similarity in -1…1."""

UNSEEN = 1000
"""The first seed that nobody had looked at when the sizes were frozen, on 2026-11-29."""

TUNING_PAIRS, BATCH, RATE = 4000, 128, 1e-2


class WhiteningWorldRequest(Request):
    """The keys of an `evaluator: whitening_world` entry in a plan.

    Attributes:
        worlds: Vectors: `untuned`, `tuned`, `isotropic`; each is a setting.
        width: Dimensions of a vector, at least 32.
        decay: Exponent of the power law of standard deviations, of untuned vectors.
        pairs: Number of scored pairs, and of pairs on which k is chosen, at least 100.
        epochs: Number of epochs that `tuned` vectors are trained for, on 4,000 pairs.
        seeds: Seeds; each draws a world, the same one for every arm. Those below 1000 were looked
            at while sizes were chosen, so that claims leave them out.
    """

    worlds: Distinct[World] = ("untuned", "tuned", "isotropic")
    width: Annotated[int, Field(ge=32)] = 64
    decay: Positive = 0.5
    pairs: Annotated[int, Field(ge=100)] = 1000
    epochs: Count = 10
    seeds: Seeds = tuple(range(UNSEEN, UNSEEN + 10))


class WhiteningWorld(Evaluator[WhiteningWorldRequest]):
    """The arms are transforms, fitted on the scored sentences and on those of another domain."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("epochs",)
    Request = WhiteningWorldRequest

    def jobs(
        self, request: WhiteningWorldRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each kind of vectors, with all arms and seeds."""
        shared = {
            "width": request.width,
            "decay": request.decay,
            "pairs": request.pairs,
            "epochs": request.epochs,
            "seeds": sorted(request.seeds),
        }
        return [
            self.job("made-up sentence vectors", {"world": world, **shared})
            for world in request.worlds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        report = stage_progress(session.progress, f"{params['world']} vectors")
        return compare(**params, report=report)


class Sentences(NamedTuple):
    """Pairs of made-up sentences.

    Attributes:
        vectors: Those of the first sentences, then of the second, shape (2n, width).
        gold: Similarity of each pair, shape (n,).
    """

    vectors: Floats
    gold: Floats


def compare(
    world: World,
    width: int,
    decay: float,
    pairs: int,
    epochs: int,
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Return Spearman of every arm on all dimensions, and at a k that was chosen on other pairs.

    Args:
        world: Kind of vectors.
        width: Their dimensions.
        decay: Exponent of the power law of untuned vectors.
        pairs: Number of scored pairs, and of those on which k is chosen.
        epochs: Number of epochs that tuned vectors are trained for.
        seeds: One world each.
        report: Called with the seeds done and all of them.
    """
    from evaluators.contrastive.one_thread import one_thread
    from evaluators.sts.whitening import fit_transform

    # Equal but for the kind of vectors, so that a claim finds its controls beside it.
    setting = f"{world} vectors, width {width}, decay {decay:g}, {pairs} pairs, {epochs} epochs"
    scores = ArmScores(setting)
    with one_thread():
        for done, seed in enumerate(seeds, 1):
            scored, choice, other = draw(world, width, decay, pairs, epochs, seed)
            (raw,) = _spearman(scored, scored.vectors, [width])
            scores.add("spearman", raw, pairs, arm="raw", seed=seed)
            for fitted_on, fit in (("target", scored), ("other", other)):
                for name in TRANSFORMS:
                    once = np.ones(len(fit.vectors), dtype=np.intp)
                    fitted = fit_transform(name, fit.vectors, once)
                    arm = f"{name} ({fitted_on})"
                    _score(scores, fitted, scored, choice, arm=arm, seed=seed)
            report(done, len(seeds))
    return Result(tuple(scores.scores))


def _score(
    scores: ArmScores, fitted: Transform, scored: Sentences, choice: Sentences, arm: str, seed: int
) -> None:
    n, every = len(scored.gold), fitted.kernel.shape[1]
    on_choice = _spearman(choice, fitted(choice.vectors), range(1, every + 1))
    k = int(np.nanargmax(on_choice)) + 1
    full, at_k = _spearman(scored, fitted(scored.vectors), (every, k))
    scores.add("spearman", full, n, arm=arm, seed=seed)
    scores.add("spearman_at_chosen_k", at_k, n, arm=arm, seed=seed)
    scores.add("chosen_k", k, len(choice.gold), arm=arm, seed=seed)


def _spearman(pairs: Sentences, vectors: Floats, dimensions: Sequence[int]) -> Floats:
    """Return Spearman on the first k dimensions, for some k, as `sts` computes it."""
    from evaluators.sts.score import prefix_cosines
    from evaluators.sts.spearman import GoldRanks, spearman_or_nan

    n = len(pairs.gold)
    columns = np.ascontiguousarray(vectors.T)
    blocks = prefix_cosines(columns, np.arange(n), np.arange(n, 2 * n))
    cosines = np.concatenate([block.cosines for block in blocks])
    return spearman_or_nan(cosines[np.array(dimensions) - 1], GoldRanks(pairs.gold))


def draw(
    world: World, width: int, decay: float, pairs: int, epochs: int, seed: int
) -> tuple[Sentences, Sentences, Sentences]:
    """Return the scored pairs, those on which k is chosen, and those of another domain.

    The first two are of one domain. The encoder is the same for all; the other domain has another
    mean and other variances of the meaning.

    Args:
        world: Kind of vectors.
        width: Their dimensions.
        decay: Exponent of the power law of untuned vectors.
        pairs: Number of pairs of each, of the other domain four times as many.
        epochs: Number of epochs that tuned vectors are trained for.
        seed: Draws everything.
    """
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
    deviations = np.arange(1, width + 1) ** -decay
    mean = rng.normal(size=width)
    mean *= COMMON / np.linalg.norm(mean)
    own = np.ones(MEANING), np.zeros(width)
    # What is isotropic is so in every domain.
    spread = 0.0 if world == "isotropic" else 0.5
    other = np.exp(rng.normal(0, spread, MEANING)), rng.normal(0, 0.2 * spread, width)

    def some(n: int, domain: tuple[Floats, Floats]) -> Sentences:
        meanings, gold = _meanings(rng, n, domain[0])
        if world == "isotropic":
            parts = rng.normal(size=(2 * n, width))
            parts[:, :MEANING] = meanings
            return Sentences(parts @ rotation.T, gold)
        parts = rng.normal(size=(2 * n, width))
        parts[:, LARGER : LARGER + MEANING] = meanings
        return Sentences((parts * deviations) @ rotation.T + mean + domain[1], gold)

    drawn = some(pairs, own), some(pairs, own), some(4 * pairs, other)
    if world != "tuned":
        return drawn
    weight, bias = tune(some(TUNING_PAIRS, own), epochs, seed)
    one, two, three = (Sentences(each.vectors @ weight + bias, each.gold) for each in drawn)
    return one, two, three


def _meanings(rng: np.random.Generator, n: int, spread: Floats) -> tuple[Floats, Floats]:
    """Return the meanings of n pairs, (2n, 20), and their similarity as annotators see it, (n,)."""
    near = rng.uniform(size=(n, 1))
    first = rng.normal(size=(n, MEANING))
    second = near * first + np.sqrt(1 - near**2) * rng.normal(size=(n, MEANING))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    gold = (first * second).sum(axis=1) / lengths + rng.normal(0, ANNOTATORS, n)
    return np.concatenate([first, second]) * spread, gold


def tune(pairs: Sentences, epochs: int, seed: int) -> tuple[Floats, Floats]:
    """Return a linear map, (width, width), and a bias, trained so that cosines are the gold.

    The loss is the mean of (cosine − gold)².

    Args:
        pairs: Training pairs.
        epochs: How often each is seen.
        seed: Draws their order.
    """
    generator = torch.Generator().manual_seed(seed)
    n, width = len(pairs.gold), pairs.vectors.shape[1]
    first, second = torch.from_numpy(pairs.vectors[:n]), torch.from_numpy(pairs.vectors[n:])
    gold = torch.from_numpy(pairs.gold)
    weight = torch.eye(width, dtype=torch.float64, requires_grad=True)
    bias = (-torch.from_numpy(pairs.vectors.mean(axis=0))).requires_grad_()
    optimiser = torch.optim.Adam([weight, bias], lr=RATE)
    steps = epochs * -(-n // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(n, generator=generator), BATCH):
            optimiser.zero_grad()
            cosines = torch.nn.functional.cosine_similarity(
                first[rows] @ weight + bias, second[rows] @ weight + bias
            )
            loss = ((cosines - gold[rows]) ** 2).mean()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return weight.detach().numpy(), bias.detach().numpy()
