"""Copy spans of a source among template words, with and without tags of what is copied.

A transformer predicts each token of the target, and in two arms its tag as well: B where a span of
the source begins, I where it goes on, O elsewhere. Decoding can then leave out every token that
does not begin or continue a span of the source. A fifth of the words of test sources are new, as
names are. In the control world each word of a span is translated: there is nothing to copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluators.experiments._span_copying import Examples, Ints

World = Literal["copied", "translated"]

RANDOM = "random scores"
PLAIN, TAGS, MASKED = "plain", "tags without the mask", "tags"

TESTED = 100
"""Test examples of each seed."""

LOOKS = 20
LENGTHS = (2, 3, 4)
"""Of the n-grams that are looked for in the source."""


class BioCopyRequest(Request):
    """The keys of an `evaluator: bio_copy` entry in a plan.

    Attributes:
        worlds: Whether targets have spans of the source, `copied`, or `translated` ones; each is a
            setting.
        seeds: Seeds; each makes examples and a network, and those of a setting train together.
        steps: Steps of training.
        batch: Examples of a step, none of which is seen twice.
        rate: Largest learning rate of Adam.
        width: Width of the transformers, a multiple of 4.
        layers: Number of layers.
    """

    worlds: Distinct[World] = ("copied", "translated")
    seeds: Seeds = tuple(range(1010, 1015))
    steps: Count = 1200
    batch: AtLeastTwo = 16
    rate: Positive = 3e-3
    width: Count = 32
    layers: Count = 2


class BioCopy(Evaluator[BioCopyRequest]):
    """The arms are with and without tags and mask; a seed draws examples and a network."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = BioCopyRequest

    def jobs(
        self, request: BioCopyRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for random scores, and one for each world, all its arms and seeds."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        seeds = sorted(request.seeds)
        return [self.job(RANDOM, {"seeds": seeds})] + [
            self.job("copy among template words", {"world": world, "seeds": seeds, **recipe})
            for world in request.worlds
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `identity` for random scores, about which a theorem speaks."""
        return self.LEVEL if "world" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        if job.task == RANDOM:
            return on_random_scores(**params)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        report = stage_progress(session.progress, f"copying, {params['world']} spans")
        return compare(**params, recipe=recipe, report=report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    steps: int
    batch: int
    rate: float
    width: int
    layers: int


def compare(world: World, seeds: Sequence[int], recipe: Recipe, report: Report) -> Result:
    """Return what each way of decoding writes.

    The metrics are those of `measured`.

    Args:
        world: What targets have.
        seeds: One network of each training for each.
        recipe: Settings of the training.
        report: Called with the steps done and all of them.
    """
    import torch

    from evaluators.experiments import _span_copying as copying
    from evaluators.language_models.training import Recipe as Steps
    from evaluators.language_models.training import train
    from evaluators.training_curve import TrainingCurve

    scores = ArmScores(
        f"{world} spans, {recipe.steps} steps, rate {recipe.rate:g}, batch {recipe.batch},"
        f" width {recipe.width}, {recipe.layers} layers"
    )
    with one_thread():
        task = copying.Copying(seeds, recipe.batch, copied=world == "copied")
        every = [*seeds, *seeds]
        model = copying.Tagger(every, copying.shape_of(recipe.width, recipe.layers))
        steps = Steps(recipe.steps, every=max(1, recipe.steps // LOOKS))
        rates = [recipe.rate] * len(every)
        loss = copying.loss_of((False, True))
        trained = train(model, task, every, rates, steps, loss=loss, report=report)
        model.eval()
        examples = task.tested(TESTED)
        sources = np.stack([each.sources for each in examples] * 2)
        free = copying.write(model, sources, masked=False)
        masked = copying.write(model, sources, masked=True)
    curve = torch.tensor(trained.course.validation)
    count = len(seeds)
    for arm, written, first in (
        (PLAIN, free, 0),
        (TAGS, free, count),
        (MASKED, masked, count),
    ):
        for at, (seed, each) in enumerate(zip(seeds, examples, strict=True)):
            row = first + at
            tags = None if arm == PLAIN else written.tags[row]
            for metric, value, n in measured(each, written.tokens[row], tags):
                scores.add(metric, value, n, arm=arm, seed=seed)
        looks = TrainingCurve(len(curve))
        for losses in curve[:, first : first + count]:
            looks.add(losses)
        scores.add_curve(looks, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves), {"seconds": trained.course.seconds})


def on_random_scores(seeds: Sequence[int]) -> Result:
    """Return what is written by random scores of tokens and tags, with and without the mask."""
    from evaluators.experiments import _span_copying as copying

    scores = ArmScores("copied spans, random scores")
    examples = copying.Copying(seeds, 1, copied=True).tested(TESTED)
    sources = np.stack([each.sources for each in examples])
    for arm, masked in ((TAGS, False), (MASKED, True)):
        written = copying.write(copying.RandomScores(seeds), sources, masked=masked)
        for seed, *each in zip(seeds, examples, written.tokens, written.tags, strict=True):
            for metric, value, n in measured(*each):
                scores.add(metric, value, n, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def measured(examples: Examples, tokens: Ints, tags: Ints | None) -> list[tuple[str, float, int]]:
    """Return metric, value and number of units of what one network wrote.

    `spans` is the share of spans that are written exactly, `token_accuracy` that of the target's
    tokens. `ngrams_2` … are shares of the n-grams between template words that stand in the source,
    and `tagged_2` … of those that were written under B and I, where there are any.

    Args:
        examples: n sources and targets.
        tokens: What was written, (n, TARGET).
        tags: The tags that were followed; None where there are none.
    """
    from evaluators.experiments._span_copying import BEGIN, OUTSIDE, WORDS

    sources = examples.sources.tolist()
    wanted = [spans_of(target < 2 * WORDS, target) for target in examples.targets]
    written = [spans_of(out < 2 * WORDS, out) for out in tokens]
    exact = sum(
        ours == theirs
        for both in zip(written, wanted, strict=True)
        for ours, theirs in zip(*both, strict=False)
    )
    asked = sum(map(len, wanted))
    found = [
        ("spans", exact / asked, asked),
        ("token_accuracy", float((tokens == examples.targets).mean()), tokens.size),
    ]
    for length in LENGTHS:
        kinds = {"ngrams": written}
        if tags is not None:
            kinds["tagged"] = [
                spans_of(tag != OUTSIDE, out, tag == BEGIN)
                for out, tag in zip(tokens, tags, strict=True)
            ]
        for kind, runs in kinds.items():
            share = in_source(sources, runs, length)
            if share is not None:
                found.append((f"{kind}_{length}", *share))
    return found


def spans_of(
    inside: NDArray[np.bool_], tokens: Ints, begins: NDArray[np.bool_] | None = None
) -> list[list[int]]:
    """Return the runs of tokens that are inside, in order.

    Args:
        inside: Whether each token is in a run, (m,).
        tokens: (m,).
        begins: Where a new run begins though the one before has not ended; None: nowhere.
    """
    runs: list[list[int]] = []
    going = False
    for at, (here, token) in enumerate(zip(inside, tokens.tolist(), strict=True)):
        if here and (not going or (begins is not None and begins[at])):
            runs.append([])
        if here:
            runs[-1].append(token)
        going = bool(here)
    return runs


def in_source(
    sources: Sequence[Sequence[int]], written: Sequence[Sequence[Sequence[int]]], length: int
) -> tuple[float, int] | None:
    """Return the share of the n-grams of runs that stand in their source, and how many there are.

    Args:
        sources: One for each example.
        written: The runs that were written in each.
        length: n.

    Returns:
        None where there is no n-gram.
    """
    there, count = 0, 0
    for source, runs in zip(sources, written, strict=True):
        known = {tuple(source[i : i + length]) for i in range(len(source) - length + 1)}
        for run in runs:
            grams = [tuple(run[i : i + length]) for i in range(len(run) - length + 1)]
            there += sum(gram in known for gram in grams)
            count += len(grams)
    return (there / count, count) if count else None
