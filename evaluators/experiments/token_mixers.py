"""Compare ways to mix tokens: attention, a memory, Fourier, MLPs along the tokens, gates.

All networks have equally many parameters, first weights by seed, data and steps, and each mixer has
the learning rate that is best for it on sequences that are neither trained on nor scored. The tasks
need positions (copying), contents at any position (retrieval), structure (a short form of
ListOps) or all of an image (digits of 64 pixels as tokens); for a bag of tokens, the control,
nothing must be mixed. Apart from training, the derivative of each output by the inputs at other
positions tells whether a mixer mixes at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

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
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

TaskName = Literal["retrieval", "copying", "listops", "digits", "bag"]
MixerName = Literal["attention", "external", "fnet", "gmlp", "amlp", "mixer"]
DERIVATIVE = "derivative"
DOUBLY = "external, doubly normalised"

SCORED = 1024
"""Sequences of the test set; there are only 719 different digits in it, which it draws from."""

SMALL = 8
"""Positions and width at which derivatives are taken."""


class TokenMixersRequest(Request):
    """The keys of an `evaluator: token_mixers` entry in a plan.

    Attributes:
        tasks: What is learned: `retrieval`, `copying`, `listops`, `digits` or `bag`.
        mixers: Ways to mix tokens: `attention`, `external`, `fnet`, `gmlp`, `amlp` or `mixer`; each
            is an arm.
        length: Tokens of a sequence, at least 8; digits always have 64.
        width: Numbers that stand for a token.
        blocks: Number of blocks.
        steps: Steps of training.
        batch: Sequences of a step.
        rates: Largest learning rates; each mixer is scored at the one with the least validation
            loss.
        seeds: Seeds; each draws networks and data, and those of an arm train together.
    """

    tasks: Distinct[TaskName] = ("retrieval", "copying", "listops", "digits", "bag")
    mixers: Distinct[MixerName] = ("attention", "external", "fnet", "gmlp", "amlp", "mixer")
    length: Annotated[int, Field(ge=8)] = 32
    width: Annotated[int, Field(ge=8, multiple_of=2)] = 32
    blocks: Count = 2
    steps: Count = 400
    batch: Count = 16
    rates: Distinct[Positive] = (0.005, 0.01, 0.02)
    seeds: Seeds = tuple(range(1010, 1015))


class TokenMixers(Evaluator[TokenMixersRequest]):
    """The arms are ways to mix tokens; a seed draws networks and data."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = TokenMixersRequest

    def jobs(
        self, request: TokenMixersRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for the derivatives, and one for each task and mixer."""
        seeds = sorted(request.seeds)
        recipe: dict[str, Any] = {
            key: getattr(request, key) for key in ("length", "width", "blocks", "steps", "batch")
        }
        recipe["rates"] = sorted(request.rates)
        return [self.job(DERIVATIVE, {"seeds": seeds}, dtype="float64")] + [
            self.job(task, {"task": task, "mixer": mixer, "seeds": seeds, **recipe})
            for task in request.tasks
            for mixer in request.mixers
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `identity` for derivatives, and `small` for digits, which are real."""
        if "task" not in parameters:
            return "identity"
        return "small" if parameters["task"] == "digits" else self.LEVEL

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        with one_thread():
            if job.task == DERIVATIVE:
                return derivatives(**params)
            stage = f"token mixers, {job.task}, {params['mixer']}"
            return compare(**params, report=stage_progress(session.progress, stage))


def derivatives(seeds: Sequence[int]) -> Result:
    """Return how much an output depends on the inputs at other positions, and at its own.

    `elsewhere` is the largest |∂yᵢ/∂xⱼ| with i ≠ j over coordinates, at a random input of a mixer
    with random weights, and `own` that with i = j. All in float64.
    """
    from evaluators.experiments import _token_mixers as mixers
    from evaluators.language_models.networks import Draw

    scores = ArmScores(f"sequence {SMALL}, width {SMALL}")
    diagonal = torch.eye(SMALL, dtype=torch.bool)[:, None, :, None]
    for seed in seeds:
        inputs = torch.randn(SMALL, SMALL, generator=torch.Generator().manual_seed(seed)).double()
        for arm in (*mixers.MIXERS, DOUBLY):
            layer = mixers.mixing(arm, Draw([seed]), SMALL, SMALL).double()
            layer.requires_grad_(False)
            found = torch.func.jacrev(lambda states, layer=layer: layer(states[None, None])[0, 0])(
                inputs
            )
            for metric, values in (("elsewhere", ~diagonal), ("own", diagonal)):
                scores.add(metric, float((found.abs() * values).max()), SMALL, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def compare(
    task: TaskName,
    mixer: MixerName,
    length: int,
    width: int,
    blocks: int,
    steps: int,
    batch: int,
    rates: Sequence[float],
    seeds: list[int],
    report: Report,
) -> Result:
    """Return the accuracy of one mixer on new sequences of a task, at its best rate.

    Args:
        task: What is learned.
        mixer: How tokens are mixed.
        length: Tokens of a sequence.
        width: Numbers that stand for a token.
        blocks: Number of blocks.
        steps: Steps of training.
        batch: Sequences of a step.
        rates: Largest learning rates, ascending.
        seeds: One network each at every rate.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments import _sequence_tasks as sequences
    from evaluators.experiments import _token_mixers as mixers
    from evaluators.language_models.networks import Draw
    from evaluators.language_models.training import Recipe, train

    tasks = [sequences.named(task, length, seed) for seed in seeds]
    scores = ArmScores(
        f"sequence {tasks[0].length}, width {width}, blocks {blocks}, steps {steps}, batch {batch}"
    )
    data = sequences.Sequences(tasks, seeds, batch=batch, scored=SCORED // batch * batch)
    of_seeds, of_rates = mixers.networks(seeds, rates)
    draw = Draw(of_seeds)
    layers = [mixers.block(mixer, draw, width, tasks[0].length) for _ in range(blocks)]
    model = mixers.SequenceModel(tasks[0], draw, width, layers)
    recipe = Recipe(steps=steps, schedule="cosine")
    trained = train(model, data, of_seeds, of_rates, recipe, report=report)
    return mixers.score_at_best_rate(trained, data, seeds, rates, scores, arm=mixer)
