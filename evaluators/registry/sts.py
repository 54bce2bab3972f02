"""Semantic textual similarity: Spearman of cosine similarity against graded pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from evaluators import tasks
from evaluators.errors import CheckpointError, DatasetError
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.registry import DatasetRef
from evaluators.result import Result
from evaluators.sts import POOLINGS, VERSION, WHITENINGS

if TYPE_CHECKING:
    from evaluators.dataset import PairDataset
    from evaluators.sts.session import Session

SOURCES = ("sts", "statistics.py")


# Poolings that rest on what a checkpoint may lack: a trained pooler, a readable modules.json.
_NOT_EVERYWHERE = ("native", "pooler")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: sts` entry in a plan.

    Attributes:
        tasks: Names of sentence-pair tasks.
        poolings: How token vectors become a sentence vector.
        whitening: `none`, `target` (fitted on the task's own sentences, as published), `scored`
            (on the scored split alone), or the name of another task, `STSBenchmark/train` for a
            split of it.
        prompt: Text put before every sentence, `query: ` for e5.
        max_length: Longest sentence in tokens; None takes the checkpoint's own.
        dimensions: Numbers of kept dimensions that get a headline score of their own, besides
            the full vector, which always has one.
        dtype: Number format of weights and activations.
        resamples: Bootstrap resamples behind each interval.
        confidence: Coverage of the interval.
        seed: Seed of the bootstrap.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    tasks: tuple[str, ...]
    poolings: tuple[str, ...] = ("native",)
    whitening: tuple[str, ...] = ("none",)
    prompt: str = ""
    max_length: int | None = None
    dimensions: tuple[int, ...] = ()
    dtype: Literal["float32", "float64", "bfloat16", "float16"] = "float32"
    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        known = tasks.names()
        require_known("task", self.tasks, known)
        require_known("pooling", self.poolings, POOLINGS)
        for name in self.whitening:
            task = name.partition("/")[0]
            if name not in WHITENINGS:
                require_known("whitening", [task], (*WHITENINGS, *known))
        for key in ("tasks", "poolings", "whitening"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty: name at least one")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length is {self.max_length}: a sentence has 1 token or more")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence is {self.confidence}: it lies between 0 and 1")
        if self.resamples < 100:
            raise ValueError(f"resamples is {self.resamples}: an interval needs at least 100")
        if any(k < 1 for k in self.dimensions):
            raise ValueError("dimensions must be 1 or more")


def fit_inputs(task: str, whitening: str) -> tuple[DatasetRef, ...]:
    """Return the splits a whitening is fitted on for one task."""
    if whitening == "none":
        return ()
    if whitening == "scored":
        return (DatasetRef(task),)
    if whitening == "target":
        declared = tasks.find(task)
        return tuple(
            DatasetRef(task, None if split == declared.split else split)
            for split in declared.fit_splits
        )
    name, _, split = whitening.partition("/")
    return (DatasetRef(name, split or None),)


def needs_checkpoint(request: Request) -> bool:
    """Sentences are compared by a checkpoint's vectors."""
    return True


def label(request: Request) -> str:
    """Name the tasks."""
    return ", ".join(request.tasks)


def dataset_of(job: Job) -> DatasetRef:
    """Return the split that is scored."""
    return DatasetRef(job.task)


def parts(request: Request) -> list[Request]:
    """Return one request per task and whitening: each reads datasets of its own."""
    return [
        replace(request, tasks=(task,), whitening=(whitening,))
        for task in request.tasks
        for whitening in request.whitening
    ]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job per task, pooling and whitening: what changes alone runs alone."""
    return [
        Job(
            evaluator="sts",
            evaluator_version=VERSION,
            task=task,
            checkpoint_digest=checkpoint_digest,
            dataset_digest=digest_of(DatasetRef(task)),
            parameters={
                "pooling": pooling,
                "whitening": whitening,
                "fit_digests": [digest_of(ref) for ref in fit_inputs(task, whitening)],
                "prompt": request.prompt,
                "max_length": request.max_length,
                "dimensions": sorted(set(request.dimensions)),
                "resamples": request.resamples,
                "confidence": request.confidence,
            },
            seed=request.seed,
            dtype=request.dtype,
        )
        for task in request.tasks
        for pooling in request.poolings
        for whitening in request.whitening
    ]


def session_key(job: Job) -> str:
    """Jobs that differ in pooling, whitening or task alone share one forward pass."""
    return f"{job.dtype}|{job.parameters['max_length']}|{job.parameters['prompt']}"


class StsSession:
    """Encodes each distinct sentence once and scores job after job from the kept vectors."""

    def __init__(
        self,
        folder: Path,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], PairDataset],
        device: str | None,
        progress: Progress | None,
    ) -> None:
        self._jobs = tuple(jobs)
        self._load = lru_cache(maxsize=8)(load)
        self._folder, self._device, self._progress = folder, device, progress
        self._open: dict[tuple[str, ...], Session] = {}
        self._together = tuple(dict.fromkeys(job.parameters["pooling"] for job in self._jobs))

    def evaluate(self, job: Job) -> Result:
        """Score one task under one pooling and one whitening."""
        pooling = job.parameters["pooling"]
        if pooling in self._together:
            try:
                return self._score(self._session(self._together), job)
            except CheckpointError:
                safe = tuple(name for name in self._together if name not in _NOT_EVERYWHERE)
                if safe == self._together or self._together == (pooling,):
                    raise
                # A pooling this checkpoint lacks fails its own jobs, not its siblings'.
                self.close()
                self._together = safe
        return self._score(self._session((pooling,)), job)

    def _session(self, poolings: tuple[str, ...]) -> Session:
        from evaluators.sts.session import Session

        if poolings not in self._open:
            first = self._jobs[0]
            self._open[poolings] = Session(
                self._folder,
                poolings=poolings,
                dtype=first.dtype,
                device=self._device,
                prompt=first.parameters["prompt"],
                max_length=first.parameters["max_length"],
                progress=self._progress,
            )
        return self._open[poolings]

    def _score(self, session: Session, job: Job) -> Result:
        given = job.parameters
        dataset = self._load(DatasetRef(job.task))
        fit = [self._load(ref) for ref in fit_inputs(job.task, given["whitening"])]
        found = [dataset.digest, *(part.digest for part in fit)]
        if found != [job.dataset_digest, *given["fit_digests"]]:
            raise DatasetError(
                f"the data of {job.task} changed after the plan was expanded: run it again"
            )
        return session.evaluate(
            dataset,
            pooling=given["pooling"],
            whitening=given["whitening"],
            fit=fit,
            dimensions=given["dimensions"],
            resamples=given["resamples"],
            confidence=given["confidence"],
            seed=job.seed,
        )

    def close(self) -> None:
        """Give the vectors and the weights back."""
        for session in self._open.values():
            session.__exit__(None, None, None)
        self._open.clear()


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], PairDataset],
    device: str | None,
    progress: Progress | None,
) -> StsSession:
    """Prepare one pass over the checkpoint in `folder` for jobs that share a session key."""
    if folder is None:
        raise CheckpointError("sts compares sentences by a checkpoint's vectors: name one")
    return StsSession(folder, jobs, load, device, progress)
