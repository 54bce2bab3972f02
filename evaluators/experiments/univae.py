"""Read sentences and write them again with UniVAE, one transformer that is encoder and decoder.

Its decoder sees the encoder's latents and its own past alone. There is a latent before each of the
last three of four layers; taken from another sentence, does the one near the input change the form
and the one near the output the topic? Sentences are made up from a topic and a form, so that a rule
finds both in what is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Evaluator,
    Level,
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
    from torch import Tensor

    from evaluators.experiments._topic_sentences import Drawn, World
    from evaluators.experiments._uni_vae import UniVae

Bools = NDArray[np.bool_]

LEVELS, SHUFFLED, ONE = "several levels", "levels shuffled", "one level"
BROKEN = "mask broken"
NONE, BAG = "best guess from nothing", "best guess from words without order"

RISING = 0.3
"""Share of the steps in which the weight of the KL rises to 1."""

_SHUFFLE = 5


class UnivaeRequest(Request):
    """The keys of an `evaluator: univae` entry in a plan.

    Attributes:
        steps: Steps of training.
        batch: Sentences of a step.
        rate: Largest learning rate of AdamW.
        free: KL of each level that costs nothing, in nats, at least 0; more keeps a level in use.
        pairs: Pairs of sentences that exchange latents.
        seeds: Seeds of forms, sentences and networks; those of all arms train in one pass.
    """

    steps: Count = 1000
    batch: AtLeastTwo = 32
    rate: Positive = 4e-3
    free: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 4.0
    pairs: AtLeastTwo = 128
    seeds: Seeds = tuple(range(1000, 1007))


class Univae(Evaluator[UnivaeRequest]):
    """The arms are UniVAE and what lacks a part of it; a seed draws forms and networks."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = UnivaeRequest

    def jobs(
        self, request: UnivaeRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for the mask, and one for all networks."""
        seeds = sorted(request.seeds)
        recipe = {key: getattr(request, key) for key in ("steps", "batch", "rate", "free", "pairs")}
        return [
            self.job("mask", {"seeds": seeds}),
            self.job("topic sentences", {"seeds": seeds, **recipe}),
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return self.LEVEL if "steps" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        with one_thread():
            if job.task == "mask":
                return mask(**params)
            return compare(**params, report=stage_progress(session.progress, "UniVAE"))


def mask(seeds: Sequence[int]) -> Result:
    """Return how the decoder's logits depend on what the encoder reads, with random weights.

    The numbers are the largest slopes of a random combination of logits: `slope_by_reading` with
    latents held fixed or not, and `slope_by_latents`. In double precision.
    """
    from evaluators.experiments._topic_sentences import LENGTH, VOCABULARY, World
    from evaluators.experiments._uni_vae import Sizes, UniVae, Way

    scores = ArmScores("random weights, float64")
    for seed in seeds:
        rng = np.random.default_rng(seed)
        world = World(seed)
        words = torch.from_numpy(world.draw(1, rng).words)[None]
        arms = {
            "latents held": (Way(), True),
            "latents not held": (Way(), False),
            "mask broken, latents held": (Way(masked=False), True),
        }
        for arm, (way, held) in arms.items():
            model = UniVae([seed], [way], Sizes(VOCABULARY, LENGTH)).double()
            read = model.embedded(words).detach().requires_grad_()
            free = model.write(read, words[..., :-1])
            latents = free.mean.detach().requires_grad_()
            written = model.write(read, words[..., :-1], latents=latents) if held else free
            logits = model.told(written.states)
            weights = torch.from_numpy(rng.normal(size=logits.shape))
            by_reading, by_latents = torch.autograd.grad(
                (weights * logits).sum(), (read, latents), materialize_grads=True
            )
            slope = float(by_reading.abs().max())
            scores.add("slope_by_reading", slope, read.numel(), arm=arm, seed=seed)
            if held:
                slope = float(by_latents.abs().max())
                scores.add("slope_by_latents", slope, latents.numel(), arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def compare(
    steps: int,
    batch: int,
    rate: float,
    free: float,
    pairs: int,
    seeds: list[int],
    report: Report | None = None,
) -> Result:
    """Return how well each arm writes sentences again, and what exchanged latents change.

    `reconstruction` is the share of words that are right where the likeliest word is written after
    word, `reconstruction_told` where the past is the true one, and `reconstruction_from_noise`
    where latents are drawn without a sentence; the best guesses are exact. `topic_recovered` and
    `form_recovered` are shares of sentences, `kl_1` … the KL of a level in nats, level 1 nearest
    the input. `topic_change_1` and `form_change_1` are shares of sentences that change when that
    latent is another sentence's, and `dissociation` is form less topic for the first level, less
    the same for the last. With one level, the parts of its latent stand for levels. Where levels
    are shuffled, which of the trained levels is called first and which last is drawn anew for each
    pair.

    Args:
        steps: Steps of training.
        batch: Sentences of a step.
        rate: Largest learning rate.
        free: KL of each level that costs nothing.
        pairs: Pairs of sentences.
        seeds: One network of each arm for each.
        report: Called after each step.
    """
    from evaluators.experiments._topic_sentences import LENGTH, VOCABULARY, Sentences, World
    from evaluators.experiments._uni_vae import Objective, Sizes, UniVae, Way
    from evaluators.language_models.training import Recipe, train

    arms = {
        LEVELS: Way(),
        ONE: Way(several=False),
        BROKEN: Way(masked=False),
    }
    worlds = [World(seed) for seed in seeds]
    each = [seed for _ in arms for seed in seeds]
    ways = [way for way in arms.values() for _ in seeds]
    model = UniVae(each, ways, Sizes(VOCABULARY, LENGTH))
    trained = train(
        model,
        Sentences(worlds, batch),
        each,
        [rate] * len(each),
        Recipe(steps=steps),
        loss=Objective(free, max(1, round(RISING * steps))),
        report=report,
    )
    scores = ArmScores(f"{steps} steps, batch {batch}, rate {rate:g}, free {free:g}")
    for at, arm in enumerate(arms):
        rows = range(at * len(seeds), (at + 1) * len(seeds))
        scores.add_curve(trained.curve(rows), arm=arm, seeds=seeds)
    drawn = [world.pairs(pairs) for world in worlds]
    found = _Exchange(model, worlds * len(arms), drawn * len(arms))
    for row, seed in enumerate(each):
        arm = list(arms)[row // len(seeds)]
        for metric, value in found.measured(row).items():
            scores.add(metric, value, pairs, arm=arm, seed=seed)
        if arm == LEVELS:
            scores.add("dissociation", found.shuffled(row, seed), pairs, arm=SHUFFLED, seed=seed)
    for world, (_, own) in zip(worlds, drawn, strict=True):
        for arm, topics in ((NONE, None), (BAG, own.topics)):
            right = float((world.guesses(topics) == own.words).mean())
            scores.add("reconstruction", right, pairs, arm=arm, seed=world.seed)
    return Result(tuple(scores.scores), tuple(scores.curves))


class _Exchange:
    """What networks write of pairs of sentences, with their own latents and with others.

    Args:
        model: S trained networks.
        worlds: Of each network.
        drawn: Pairs of sentences of each: those that lend latents, and those that are written.
    """

    def __init__(
        self, model: UniVae, worlds: Sequence[World], drawn: Sequence[tuple[Drawn, Drawn]]
    ) -> None:
        from evaluators.experiments._uni_vae import decode

        model.eval()
        self._worlds, self._own = worlds, [own for _, own in drawn]
        lent, own = (
            torch.from_numpy(np.stack([pair[side].words for pair in drawn])) for side in (0, 1)
        )
        levels, size = model.sizes.levels, model.sizes.latent
        with torch.no_grad():
            read = model.embedded(own)
            told = model.write(read, own[..., :-1])
            other = model.write(model.embedded(lent), lent[..., :-1]).mean
            self._divergences = model.divergences(told).mean(dim=1)
            guesses = model.told(told.states).argmax(dim=-1)
            written = decode(model, read)
            by_noise = decode(model, read, model.noise(own.shape[1]))
            exchanged = [
                decode(
                    model, read, torch.where(_part(model, level, levels, size), other, told.mean)
                )
                for level in range(levels)
            ]
        self._shares = {
            "reconstruction": _right(written, own),
            "reconstruction_told": _right(guesses, own),
            "reconstruction_from_noise": _right(by_noise, own),
        }
        self._labels = [self._labelled(words) for words in (written, *exchanged)]
        self._gates = model.gates.any(dim=-1)

    def _labelled(self, words: Tensor) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return topics and forms of what each network wrote."""
        return [
            (world.topics_of(each), world.forms_of(each))
            for world, each in zip(self._worlds, words.numpy(), strict=True)
        ]

    def measured(self, row: int) -> dict[str, float]:
        """Return the metrics of a network."""
        own, (topics, forms) = self._own[row], self._labels[0][row]
        found = {metric: float(shares[row]) for metric, shares in self._shares.items()}
        found["topic_recovered"] = float((topics == own.topics).mean())
        found["form_recovered"] = float((forms == own.forms).mean())
        for level, used in enumerate(self._gates[row].tolist()):
            if used:
                found[f"kl_{level + 1}"] = float(self._divergences[row, level])
        changes = self._changes(row)
        for level, (topic, form) in enumerate(changes, 1):
            found[f"topic_change_{level}"] = float(topic.mean())
            found[f"form_change_{level}"] = float(form.mean())
        (low_topic, low_form), *_, (high_topic, high_form) = changes.mean(axis=2).tolist()
        found["dissociation"] = low_form - low_topic - (high_form - high_topic)
        return found

    def shuffled(self, row: int, seed: int) -> float:
        """Return the dissociation where the order of levels is drawn for each pair."""
        changes = self._changes(row).astype(float)
        apart = changes[:, 1] - changes[:, 0]
        rng = np.random.default_rng([seed, _SHUFFLE])
        order = rng.permuted(np.tile(np.arange(len(apart)), (apart.shape[1], 1)), axis=1)
        places = np.arange(apart.shape[1])
        return float((apart[order[:, 0], places] - apart[order[:, -1], places]).mean())

    def _changes(self, row: int) -> Bools:
        """Return whether topic and form change by exchanged level, (levels, 2, pairs)."""
        base = self._labels[0][row]
        return np.stack(
            [
                np.stack([now != then for now, then in zip(labels[row], base, strict=True)])
                for labels in self._labels[1:]
            ]
        )


def _part(model: UniVae, level: int, levels: int, size: int) -> Tensor:
    """Return which numbers are exchanged, (S, 1, levels, numbers)."""
    chosen = torch.zeros(levels, levels * size, dtype=torch.bool)
    several, one = chosen.clone(), chosen.clone()
    several[level] = True
    one[levels // 2, level * size : (level + 1) * size] = True
    single = model.gates[:, levels // 2].all(dim=-1)
    return torch.where(single[:, None, None], one, several)[:, None]


def _right(words: Tensor, true: Tensor) -> Tensor:
    return (words == true).float().mean(dim=(1, 2))
