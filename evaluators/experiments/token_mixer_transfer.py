"""Pretrain mixers of tokens on one task, tune them on another, and compare what is lost.

Digits 0 to 4 come first, with all training examples, and then 5 to 9 with few; or keys stand in the
first half of a sequence, and then anywhere, with few steps. The last layer is new in both, and the
same networks without pretraining are tuned beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
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
from evaluators.experiments.token_mixers import MixerName
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from evaluators.experiments._sequence_tasks import Task

World = Literal["digits", "places"]
SCORED = 512


class TokenMixerTransferRequest(Request):
    """The keys of an `evaluator: token_mixer_transfer` entry in a plan.

    Attributes:
        worlds: `digits`, other digits; or `places`, the same keys at other positions; each is a
            setting.
        mixers: Ways to mix tokens, as for `token_mixers`; each is an arm.
        length: Tokens of a sequence of keys, at least 16; digits have 64.
        width: Numbers that stand for a token.
        steps: Steps of pretraining.
        tuning: Steps of tuning.
        examples: Digits that are tuned on.
        batch: Sequences of a step.
        rates: Largest learning rates, of both trainings; each mixer is scored at the one with the
            least validation loss on the second task.
        seeds: Seeds; each draws networks and data, and those of an arm train together.
    """

    worlds: Distinct[World] = ("digits", "places")
    mixers: Distinct[MixerName] = ("attention", "gmlp", "amlp", "mixer")
    length: Annotated[int, Field(ge=16)] = 32
    width: Annotated[int, Field(ge=8, multiple_of=2)] = 32
    steps: Count = 300
    tuning: Count = 100
    examples: Count = 100
    batch: Count = 16
    rates: Distinct[Positive] = (0.005, 0.01, 0.02)
    seeds: Seeds = tuple(range(1010, 1015))


class TokenMixerTransfer(Evaluator[TokenMixerTransferRequest]):
    """The arms are ways to mix tokens; a seed draws networks and data."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("steps", "tuning")
    Request = TokenMixerTransferRequest

    def jobs(
        self, request: TokenMixerTransferRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each world and mixer."""
        names = ("length", "width", "steps", "tuning", "examples", "batch")
        recipe: dict[str, Any] = {key: getattr(request, key) for key in names}
        recipe["rates"] = sorted(request.rates)
        seeds = sorted(request.seeds)
        return [
            self.job(world, {"world": world, "mixer": mixer, "seeds": seeds, **recipe})
            for world in request.worlds
            for mixer in request.mixers
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `small` for digits, which are real."""
        return "small" if parameters["world"] == "digits" else self.LEVEL

    def evaluate(self, job: Job, session: Session) -> Result:
        stage = f"transfer of token mixers, {job.task}, {job.parameters['mixer']}"
        with one_thread():
            report = stage_progress(session.progress, stage)
            return compare(**job.parameters, report=report)


def tasks_of(world: World, length: int, examples: int, seed: int) -> tuple[Task, Task]:
    """Return the task of pretraining, and that of tuning."""
    from evaluators.experiments._sequence_tasks import digits, retrieval

    if world == "digits":
        few = digits(seed, among=range(5, 10), examples=examples)
        return digits(seed, among=range(5)), few
    return retrieval(length, places=(1, length // 2)), retrieval(length)


def compare(
    world: World,
    mixer: MixerName,
    length: int,
    width: int,
    steps: int,
    tuning: int,
    examples: int,
    batch: int,
    rates: Sequence[float],
    seeds: list[int],
    report: Report,
) -> Result:
    """Return the accuracy after pretraining, after tuning, and after tuning alone.

    The first two are of the rate that is best after tuning, the last of the best without
    pretraining.

    Args:
        world: Which two tasks.
        mixer: How tokens are mixed.
        length: Tokens of a sequence of keys.
        width: Numbers that stand for a token.
        steps: Steps of pretraining.
        tuning: Steps of tuning.
        examples: Digits that are tuned on.
        batch: Sequences of a step.
        rates: Largest learning rates, ascending.
        seeds: One network each at every rate.
        report: Called with the trainings done and all of them.
    """
    from evaluators.experiments import _token_mixers as mixers
    from evaluators.experiments._sequence_tasks import Sequences, accuracies
    from evaluators.language_models.networks import Draw
    from evaluators.language_models.training import Recipe, Trained, train

    pairs = [tasks_of(world, length, examples, seed) for seed in seeds]
    first, second = (
        Sequences(list(tasks), seeds, batch=batch, scored=SCORED // batch * batch)
        for tasks in zip(*pairs, strict=True)
    )
    task = pairs[0][1]
    of_seeds, of_rates = mixers.networks(seeds, rates)

    def fit(model: mixers.SequenceModel, data: Sequences, count: int) -> Trained:
        return train(model, data, of_seeds, of_rates, Recipe(steps=count, schedule="cosine"))

    def fresh() -> mixers.SequenceModel:
        draw = Draw(of_seeds)
        layers = [mixers.block(mixer, draw, width, task.length) for _ in range(2)]
        return mixers.SequenceModel(task, draw, width, layers)

    model, untrained = fresh(), fresh()
    fit(model, first, steps)
    pretrained = accuracies(model, first, of_seeds)
    report(1, 3)
    model.head = mixers.linear(Draw([seed + 1_000_003 for seed in of_seeds]), width, task.classes)
    tuning_run = fit(model, second, tuning)
    report(2, 3)
    scratch_run = fit(untrained, second, tuning)
    best, best_scratch = (mixers.best_rate(run, rates) for run in (tuning_run, scratch_run))
    rows, scratch_rows = (mixers.rows_at(rate, rates, len(seeds)) for rate in (best, best_scratch))
    tuned = accuracies(model, second, of_seeds)
    scratch = accuracies(untrained, second, of_seeds)

    named = f"examples {examples}" if world == "digits" else f"sequence {length}"
    scores = ArmScores(
        f"{world}, {named}, width {width}, steps {steps}, tuning {tuning}, batch {batch}"
    )
    for seed, row, scratch_row in zip(seeds, rows, scratch_rows, strict=True):
        for metric, value in (
            ("pretrained", pretrained[row]),
            ("tuned", tuned[row]),
            ("scratch", scratch[scratch_row]),
            ("best_rate", best),
            ("at_end", mixers.at_end(best, rates)),
        ):
            scores.add(metric, value, SCORED, arm=mixer, seed=seed)
    scores.add_curve(tuning_run.curve(rows), arm=mixer, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))
