"""Train small transformers on long sequences with full, Nyström, linear and local attention.

All have the same layers and first weights. In retrieval the first token asks for the value of a key
that stands here and there among fillers, and the answer is given at the first position, which local
attention leaves without most of them; in a bag nothing must be mixed, so that all should tie.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

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
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from evaluators.experiments._token_mixers import Attend

TaskName = Literal["retrieval", "bag"]
FULL, LINEAR, LOCAL = "full", "linear", "local"

SCORED, BLOCKS = 512, 2


class LongAttentionRequest(Request):
    """The keys of an `evaluator: long_attention` entry in a plan.

    Attributes:
        tasks: What is learned: `retrieval` or `bag`.
        lengths: Tokens of a sequence, at least 8; each is a setting.
        landmarks: Numbers of landmarks of Nyström attention; each that divides a length is an arm.
        window: Positions that local attention sees.
        width: Numbers that stand for a token.
        steps: Steps of training.
        batch: Sequences of a step.
        rate: Largest learning rate.
        seeds: Seeds; each draws networks and data, and those of an arm train together.
    """

    tasks: Distinct[TaskName] = ("retrieval",)
    lengths: Distinct[Annotated[int, Field(ge=8)]] = (256,)
    landmarks: Distinct[Count] = (64,)
    window: AtLeastTwo = 16
    width: Annotated[int, Field(ge=8, multiple_of=2)] = 32
    steps: Count = 800
    batch: Count = 8
    rate: Positive = 0.01
    seeds: Seeds = tuple(range(1100, 1105))


class LongAttention(Evaluator[LongAttentionRequest]):
    """The arms are kinds of attention; a seed draws networks and data."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("steps",)
    Request = LongAttentionRequest

    def jobs(
        self, request: LongAttentionRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each task, length and kind of attention."""
        same = {key: getattr(request, key) for key in ("window", "width", "steps", "batch", "rate")}
        jobs = []
        for task in request.tasks:
            for length in sorted(request.lengths):
                kinds = [(FULL, 0), (LINEAR, 0), (LOCAL, 0)]
                kinds += [("nystrom", m) for m in sorted(request.landmarks) if length % m == 0]
                jobs += [
                    self.job(
                        task,
                        {
                            "kind": kind,
                            "landmarks": landmarks,
                            "length": length,
                            "seeds": sorted(request.seeds),
                            **same,
                        },
                    )
                    for kind, landmarks in kinds
                ]
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        stage = f"long attention, {job.task}, {job.parameters['kind']}"
        with one_thread():
            report = stage_progress(session.progress, stage)
            return compare(job.task, **job.parameters, report=report)


def attention(kind: str, landmarks: int, window: int) -> tuple[str, Attend]:
    """Return the name of an arm, and its attention."""
    from evaluators.experiments import _nystrom

    if kind == FULL:
        return FULL, _nystrom.attend
    if kind == LINEAR:
        return LINEAR, _nystrom.attend_linearly
    if kind == LOCAL:
        return f"{LOCAL} {window}", partial(_nystrom.attend_near, width=window)
    return f"nystrom {landmarks}", partial(_nystrom.attend_by_landmarks, landmarks=landmarks)


def compare(
    task: str,
    kind: str,
    landmarks: int,
    window: int,
    length: int,
    width: int,
    steps: int,
    batch: int,
    rate: float,
    seeds: list[int],
    report: Report,
) -> Result:
    """Return loss and accuracy of one kind of attention on new sequences.

    Args:
        task: What is learned.
        kind: `full`, `linear`, `local` or `nystrom`.
        landmarks: Of Nyström attention.
        window: Positions that local attention sees.
        length: Tokens of a sequence.
        width: Numbers that stand for a token.
        steps: Steps of training.
        batch: Sequences of a step.
        rate: Largest learning rate.
        seeds: One network each.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments import _sequence_tasks as sequences
    from evaluators.experiments._token_mixers import Attention, Positionwise, SequenceModel
    from evaluators.language_models.networks import Draw
    from evaluators.language_models.training import Recipe, train

    arm, attend = attention(kind, landmarks, window)
    bag = task == "bag"
    world = sequences.bag(length) if bag else sequences.retrieval(length, at_first=True)
    data = sequences.Sequences(
        [world] * len(seeds), seeds, batch=batch, scored=SCORED // batch * batch
    )
    draw = Draw(seeds)
    layers = [
        [Attention(draw, width, attend), Positionwise(draw, width, 2 * width)]
        for _ in range(BLOCKS)
    ]
    model = SequenceModel(world, draw, width, layers)
    recipe = Recipe(steps=steps, schedule="cosine")
    trained = train(model, data, seeds, [rate] * len(seeds), recipe, report=report)
    scores = ArmScores(
        f"sequence {length}, width {width}, steps {steps}, batch {batch}, rate {rate:g}"
    )
    losses, accuracy = trained.score("test").tolist(), sequences.accuracies(model, data)
    for seed, loss, right in zip(seeds, losses, accuracy, strict=True):
        scores.add("loss", loss, SCORED, arm=arm, seed=seed)
        scores.add("accuracy", right, SCORED, arm=arm, seed=seed)
    scores.add_curve(trained.curve(range(len(seeds))), arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves), {"seconds": trained.course.seconds})
