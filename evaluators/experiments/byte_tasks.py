"""Classify real texts, and match pairs of them, by their bytes: kinds of attention, and mixers.

As in Long Range Arena (arXiv:2011.04006), a network reads bytes from nothing, so that it must look
far to see a word. Texts are CLUE's: of a pair both are in one sequence with a separator between
them. All networks have the same layers, first weights by seed and data, and each way to mix tokens
has the learning rate that is best for it on texts that are neither trained on nor scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import Field, model_validator

from evaluators.clue.task import split_ref
from evaluators.contrastive.one_thread import repeatable
from evaluators.digest import sha256_json
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
from evaluators.experiments.long_attention import FULL, attention
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import nn

    from evaluators.experiments._sequence_tasks import Task
    from evaluators.language_models.networks import Draw
    from evaluators.trainer.labelled_data import TextExample

TaskName = Literal["tnews", "iflytek", "afqmc", "ocnli", "cmnli"]
MixerName = Literal[
    "attention", "nystrom", "linear", "local", "external", "fnet", "gmlp", "amlp", "mixer"
]
KINDS = ("attention", "nystrom", "linear", "local")
"""Mixers that are kinds of attention; `attention` is full attention."""

VALIDATION = 0.1
"""Share of the training texts on which the rate is chosen."""

SEPARATOR, PAD = 256, 257


class ByteTasksRequest(Request):
    """The keys of an `evaluator: byte_tasks` entry in a plan.

    Attributes:
        tasks: Tasks of CLUE: texts of a class (`tnews`, `iflytek`), or pairs that match or not
            (`afqmc`, `ocnli`, `cmnli`).
        mixers: Ways to mix tokens; each is an arm.
        length: Bytes of a sequence; longer texts are cut, shorter ones filled.
        landmarks: Landmarks of Nyström attention, a divisor of `length`.
        window: Positions that local attention sees.
        width: Numbers that stand for a byte.
        blocks: Number of blocks.
        steps: Steps of training.
        batch: Texts of a step.
        rates: Largest learning rates; each mixer is scored at the one with the least validation
            loss.
        scored: Texts of each seed in validation and test, a multiple of `batch`.
        save_every: Steps between two states from which a killed run goes on.
        dtype: Number format of forward passes.
        seeds: Seeds; each draws networks and order, and those of an arm train together.
    """

    tasks: Distinct[TaskName] = ("tnews", "afqmc")
    mixers: Distinct[MixerName] = (
        "attention",
        "nystrom",
        "linear",
        "local",
        "external",
        "fnet",
        "mixer",
    )
    length: Annotated[int, Field(ge=8)] = 96
    landmarks: Count = 32
    window: AtLeastTwo = 16
    width: Annotated[int, Field(ge=8, multiple_of=2)] = 64
    blocks: Count = 2
    steps: Count = 1000
    batch: Count = 32
    rates: Distinct[Positive] = (0.002, 0.005)
    scored: Count = 1024
    save_every: Count = 1000
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = tuple(range(1000, 1003))

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if "nystrom" in self.mixers and self.length % self.landmarks:
            raise ValueError(
                f"landmarks must divide length, got {self.landmarks} and {self.length}: use"
                " another number of landmarks or bytes"
            )
        if self.scored % self.batch:
            raise ValueError(
                f"scored must be a multiple of batch, got {self.scored} and {self.batch}"
            )
        return self


class ByteTasks(Evaluator[ByteTasksRequest]):
    """The arms are ways to mix tokens; a seed draws networks and the order of texts."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("steps",)
    Request = ByteTasksRequest
    apart = ("tasks",)

    def jobs(
        self, request: ByteTasksRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each task and mixer."""
        recipe: dict[str, Any] = {key: getattr(request, key) for key in SIZES}
        recipe |= {"rates": sorted(request.rates), "seeds": sorted(request.seeds)}
        jobs = []
        for task in request.tasks:
            digests = [digest_of(split_ref(f"{task}/{split}")) for split in SPLITS]
            for mixer in request.mixers:
                own = {"mixer": mixer, **recipe, "split_digests": digests}
                if mixer == "nystrom":
                    own["landmarks"] = request.landmarks
                if mixer == "local":
                    own["window"] = request.window
                jobs.append(self.job(task, own, dtype=request.dtype))
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        digests = params.pop("split_digests")
        train, test = (
            session.load(split_ref(f"{job.task}/{split}"), digest)
            for split, digest in zip(SPLITS, digests, strict=True)
        )
        seeds, length = params["seeds"], params["length"]
        tasks = [
            bytes_of(train.examples, test.examples, len(train.labels), length, seed)
            for seed in seeds
        ]
        report = stage_progress(session.progress, f"bytes of {job.task}, {params['mixer']}")
        device = session.device or ("cuda" if torch.cuda.is_available() else "cpu")
        with repeatable():
            return compare(
                tasks,
                **params,
                device=device,
                work=session.work,
                identity=sha256_json([params, digests]),
                report=report,
            )


SPLITS = ("train", "validation")
"""Splits of a task of which one is trained on and the other is scored; tests have no labels."""

SIZES = ("length", "width", "blocks", "steps", "batch", "scored", "save_every", "dtype")


def encoded(example: TextExample, length: int) -> list[int]:
    """Return the bytes of a text, or of both of a pair, cut or filled to a length."""
    if example.pair is None:
        found = [*example.text.encode()[:length]]
    else:
        half = (length - 1) // 2
        found = [*example.text.encode()[:half], SEPARATOR, *example.pair.encode()[:half]]
    return found + [PAD] * (length - len(found))


def bytes_of(
    train: Sequence[TextExample],
    test: Sequence[TextExample],
    classes: int,
    length: int,
    seed: int,
) -> Task:
    """Return the task to classify bytes.

    Args:
        train: Texts to train on, of which a tenth chooses the rate.
        test: Texts that are scored.
        classes: Number of classes.
        length: Bytes of a sequence.
        seed: Of the split of the training texts.
    """
    import numpy as np

    from evaluators.experiments._sequence_tasks import Draws, Task

    def drawn(examples: Sequence[TextExample]) -> Draws:
        tokens = np.array([encoded(each, length) for each in examples])
        labels = np.array([each.label for each in examples])

        def draw(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
            at = rng.integers(len(labels), size=count)
            return tokens[at], labels[at]

        return draw

    order = np.random.default_rng([seed, 3]).permutation(len(train))
    held_out = round(VALIDATION * len(train))
    parts = [[train[i] for i in rows] for rows in (order[held_out:], order[:held_out])]
    scored = {"validation": drawn(parts[1]), "test": drawn(test)}
    return Task(PAD + 1, length, classes, drawn(parts[0]), scored)  # type: ignore[arg-type]


def layers_of(
    mixer: MixerName, draw: Draw, width: int, length: int, landmarks: int, window: int
) -> tuple[str, list[nn.Module]]:
    """Return the name of an arm, and the layers of one of its blocks.

    Raises:
        ScoreError: Weights along so many tokens are more than all of attention's.
    """
    from evaluators.experiments import _token_mixers as mixers

    if mixer not in KINDS:
        return mixer, mixers.block(cast("mixers.Mixer", mixer), draw, width, length)
    arm, attend = attention(FULL if mixer == "attention" else mixer, landmarks, window)
    layers = [mixers.Attention(draw, width, attend), mixers.Positionwise(draw, width, 2 * width)]
    return "attention" if arm == FULL else arm, layers


def compare(
    tasks: Sequence[Task],
    mixer: MixerName,
    length: int,
    width: int,
    blocks: int,
    steps: int,
    batch: int,
    rates: Sequence[float],
    seeds: list[int],
    scored: int,
    save_every: int,
    dtype: str,
    device: str,
    work: Path | None,
    identity: str,
    report: Report,
    landmarks: int = 0,
    window: int = 0,
) -> Result:
    """Return loss and accuracy of one mixer on test texts, at its best rate.

    Args:
        tasks: By seed.
        mixer: How tokens are mixed.
        length: Bytes of a sequence.
        width: Numbers that stand for a byte.
        blocks: Number of blocks.
        steps: Steps of training.
        batch: Texts of a step.
        rates: Largest learning rates, ascending.
        seeds: One network each at every rate.
        scored: Texts in validation and test.
        save_every: Steps between two states.
        dtype: Number format of forward passes.
        device: Where to train.
        work: Folder for states; None keeps none.
        identity: Digest of everything that the weights depend on.
        report: Called with the steps done and all of them.
        landmarks: Of Nyström attention.
        window: Positions that local attention sees.
    """
    from evaluators.experiments import _sequence_tasks as sequences
    from evaluators.experiments import _token_mixers as mixers
    from evaluators.language_models.networks import Draw
    from evaluators.language_models.training import Recipe, train

    data = sequences.Sequences(tasks, seeds, batch=batch, scored=scored)
    of_seeds, of_rates = mixers.networks(seeds, rates)
    draw = Draw(of_seeds)
    made = [layers_of(mixer, draw, width, length, landmarks, window) for _ in range(blocks)]
    arm = made[0][0]
    model = mixers.SequenceModel(tasks[0], draw, width, [layers for _, layers in made])
    recipe = Recipe(steps=steps, schedule="cosine", every=save_every, dtype=dtype)
    trained = train(
        model,
        data,
        of_seeds,
        of_rates,
        recipe,
        device=torch.device(device),
        work=work,
        identity=identity,
        report=report,
    )
    scores = ArmScores(
        f"{length} bytes, width {width}, blocks {blocks}, steps {steps}, batch {batch}"
    )
    return mixers.score_at_best_rate(trained, data, seeds, rates, scores, arm=arm)
