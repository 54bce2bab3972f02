"""Contrastive losses on text: a checkpoint trained on its own dropout, by batch and precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from evaluators.contrastive.names import parse_arm
from evaluators.errors import CheckpointError, DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress, stage_progress
from evaluators.result import Result, Score
from evaluators.standalone import PlainSession

VERSION = "2"  # sentences are scored once each, by length: the last digits may differ
SOURCES = ("contrastive", "statistics.py")
FLOAT32 = "float32"


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: simcse` entry in a plan.

    Attributes:
        corpus: Whose documents are the sentences: `python-docstrings`, or a file's name in a
            folder of RANKCHECK_CORPORA.
        task: Graded pairs that the checkpoint is scored on, before and after.
        split: Split of the task; None is the one that is scored otherwise.
        arms: `loss/dtype`: what is trained, and what the loss is computed in.
        batches: Sentences a step; each 2 or more.
        chunk: Sentences encoded with a graph at once: it bounds the memory, and changes nothing.
        sentences: How many are seen, whatever the batch size.
        seeds: Of order and dropout; one job each.
        temperature: What the cosines are divided by.
        rate: AdamW's step.
        max_length: Tokens of a sentence that are kept.
        encoders: What the encoder is trained in: `float32`, `bfloat16` (autocast).
        rate_at: Batch size that `rate` is meant for: it then grows with the root of the batch.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    corpus: str = "python-docstrings"
    task: str = "SampleEN"
    split: str | None = None
    arms: tuple[str, ...] = ("infonce/float32", "flatnce/float32")
    batches: tuple[int, ...] = (32, 256)
    chunk: int = 64
    sentences: int = 1024
    seeds: tuple[int, ...] = (0, 1, 2)
    temperature: float = 0.05
    rate: float = 1e-5
    max_length: int = 32
    encoders: tuple[str, ...] = (FLOAT32,)
    rate_at: int | None = None

    def __post_init__(self) -> None:
        for arm in self.arms:
            parse_arm(arm)
        require_known("dtype of the encoder", self.encoders, (FLOAT32, "bfloat16"))
        require_each_once(self, "arms", "batches", "seeds", "encoders")
        if min(self.batches) < 2:
            raise ValueError(f"batches are {list(self.batches)}: one sentence has no negatives")
        if self.sentences < max(self.batches):
            raise ValueError(f"sentences is {self.sentences}: less than one batch")
        if not (self.temperature > 0 and self.rate > 0):
            raise ValueError("temperature and rate must be above 0")
        if self.chunk < 1 or self.max_length < 3:
            raise ValueError("chunk must be 1 or more, max_length 3 or more")
        if self.rate_at is not None and self.rate_at < 1:
            raise ValueError("rate_at must be a batch size, or left out")


def needs_checkpoint(request: Request) -> bool:
    """It starts from one; the checkpoint itself stays as it is."""
    return True


def label(request: Request) -> str:
    """Name what is read."""
    return f"{request.corpus}, {request.task}"


def parts(request: Request) -> list[Request]:
    """Corpus and task are needed together."""
    return [request]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each arm, dtype of the encoder, batch size and seed."""
    corpus = digest_of(DatasetRef(request.corpus, kind="corpus"))
    pairs = digest_of(DatasetRef(request.task, request.split))
    return [
        Job(
            evaluator="simcse",
            evaluator_version=VERSION,
            task=request.task,
            checkpoint_digest=checkpoint_digest,
            dataset_digest=pairs,
            parameters={
                "corpus": request.corpus,
                "corpus_digest": corpus,
                "split": request.split,
                "arm": arm,
                **parse_arm(arm)._asdict(),
                "batch": batch,
                "chunk": request.chunk,
                "sentences": request.sentences,
                "temperature": request.temperature,
                "rate": request.rate,
                "max_length": request.max_length,
                # Left out at their defaults: jobs of before there was a choice are the same jobs.
                **({} if encoder == FLOAT32 else {"encoder": encoder}),
                **({} if request.rate_at is None else {"rate_at": request.rate_at}),
            },
            seed=seed,
        )
        for batch in request.batches
        for encoder in request.encoders
        for arm in request.arms
        for seed in request.seeds
    ]


def dataset_of(job: Job) -> DatasetRef:
    """Return the graded pairs."""
    return DatasetRef(job.task, job.parameters["split"])


def session_key(job: Job) -> str:
    """Each job loads its own weights, as it changes them."""
    return ""


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> PlainSession:
    """Prepare nothing: weights are loaded for each job."""
    if folder is None:
        raise CheckpointError("simcse trains a checkpoint: name one")
    before: dict[tuple[Any, ...], float] = {}

    def run(job: Job) -> Result:
        from evaluators.contrastive.simcse import TextRecipe, train_text

        given = dict(job.parameters)
        corpus = load(DatasetRef(given["corpus"], kind="corpus"))
        pairs = load(dataset_of(job))
        if (corpus.digest, pairs.digest) != (given["corpus_digest"], job.dataset_digest):
            raise DatasetError(
                f"{corpus.name} or {job.task} changed after the plan was expanded: run it again"
            )
        encoder = given.get("encoder", FLOAT32)
        what = f"{given['arm']}, {encoder} encoder, batch {given['batch']}, seed {job.seed}"
        report = stage_progress(progress, what)
        keys = TextRecipe.__dataclass_fields__.keys() - {"seed"}
        recipe = TextRecipe(**{key: given[key] for key in keys if key in given}, seed=job.seed)
        untrained = (job.dataset_digest, recipe.max_length, recipe.chunk)
        found = train_text(
            folder,
            corpus.documents,
            pairs,
            recipe,
            device=device,
            before=before.get(untrained),
            report=report,
        )
        before[untrained] = found.before
        seen = found.steps * recipe.batch
        return Result(
            (
                Score("spearman", found.after, len(pairs), {"seed": job.seed}),
                Score("spearman_before", found.before, len(pairs), {"seed": job.seed}),
                Score("loss", found.loss, recipe.batch, {"seed": job.seed}),
            ),
            cost={
                "device": found.device,
                "training_seconds": found.seconds,
                "sentences_per_second": seen / found.seconds,
                "peak_bytes": found.peak_bytes,
                "steps": found.steps,
            },
        )

    return PlainSession(run)
