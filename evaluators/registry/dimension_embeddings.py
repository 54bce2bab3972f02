"""Experiment E1 on a checkpoint's own vectors: recall@1 of noisy copies of real sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from evaluators import tasks
from evaluators.dimension.retrieval.names import PROJECTIONS
from evaluators.errors import CheckpointError, DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.result import Result
from evaluators.sts import POOLINGS

if TYPE_CHECKING:
    from evaluators.sts.session import Session

VERSION = "1"
SOURCES = ("dimension", "sts", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_embeddings` entry in a plan.

    Attributes:
        tasks: Sentence-pair tasks whose distinct sentences are the items.
        rhos: Cosines between a sentence's vector and its noisy copy, the query.
        projections: `gaussian`, `pca`, `whitening`.
        pooling: How token vectors become a sentence vector.
        queries: Queries of a replicate.
        replicates: Independent draws, 2 or more, for the intervals.
        dtype: Number format of weights and activations.
        seed: What everything random comes from.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    tasks: tuple[str, ...]
    rhos: tuple[float, ...] = (0.462, 0.8)
    projections: tuple[str, ...] = ("gaussian", "pca")
    pooling: str = "native"
    queries: int = 1000
    replicates: int = 8
    dtype: Literal["float32", "float64", "bfloat16", "float16"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        require_known("task", self.tasks, tasks.names())
        require_known("projection", self.projections, PROJECTIONS)
        require_known("pooling", [self.pooling], POOLINGS)
        for key in ("tasks", "rhos", "projections"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty: name at least one")
        if any(not 0 < rho < 1 for rho in self.rhos):
            raise ValueError("rhos must lie between 0 and 1")
        if self.queries < 1 or self.replicates < 2:
            raise ValueError("queries must be 1 or more and replicates 2 or more")


def needs_checkpoint(request: Request) -> bool:
    """The vectors are a checkpoint's."""
    return True


def label(request: Request) -> str:
    """Name the tasks."""
    return ", ".join(request.tasks)


def parts(request: Request) -> list[Request]:
    """Return one request a task: each reads a dataset of its own."""
    return [replace(request, tasks=(task,)) for task in request.tasks]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each task, projection and rho."""
    return [
        Job(
            evaluator="dimension_embeddings",
            evaluator_version=VERSION,
            task=task,
            checkpoint_digest=checkpoint_digest,
            dataset_digest=digest_of(DatasetRef(task)),
            parameters={
                "rho": rho,
                "projection": projection,
                "setting": f"{projection}, rho = {rho:g}, {request.pooling}",
                "pooling": request.pooling,
                "queries": request.queries,
                "replicates": request.replicates,
            },
            seed=request.seed,
            dtype=request.dtype,
        )
        for task in request.tasks
        for projection in request.projections
        for rho in request.rhos
    ]


def dataset_of(job: Job) -> DatasetRef:
    """Return the split whose sentences are the items."""
    return DatasetRef(job.task)


def session_key(job: Job) -> str:
    """Jobs on vectors of one kind share them."""
    return f"{job.dtype}|{job.parameters['pooling']}"


class EmbeddingsSession:
    """Encodes each distinct sentence once, whatever is done with its vector."""

    def __init__(
        self,
        session: Session,
        load: Callable[[DatasetRef], Any],
        device: str | None,
        progress: Progress | None,
    ) -> None:
        self._session, self._load = session, load
        self._device, self._progress = device, progress

    def evaluate(self, job: Job) -> Result:
        """Measure one recall curve among the sentences of a task."""
        from evaluators.dimension.retrieval.embeddings import embedding_curve
        from evaluators.dimension.retrieval.result import as_result

        dataset = self._load(DatasetRef(job.task))
        if dataset.digest != job.dataset_digest:
            raise DatasetError(
                f"the data of {job.task} changed after the plan was expanded: run it again"
            )
        given = job.parameters
        vectors = self._session.vectors((*dataset.first, *dataset.second), given["pooling"])
        curve = embedding_curve(
            vectors,
            given["rho"],
            projection=given["projection"],
            sample=given["queries"],
            replicates=given["replicates"],
            seed=job.seed,
            device=self._device,
            progress=self._progress,
        )
        return as_result(curve)

    def close(self) -> None:
        """Give vectors and weights back."""
        self._session.__exit__(None, None, None)


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> EmbeddingsSession:
    """Prepare to encode with the checkpoint in `folder`."""
    from evaluators.sts.session import Session

    if folder is None:
        raise CheckpointError("dimension_embeddings projects a checkpoint's vectors: name one")
    first = next(iter(jobs))
    session = Session(
        folder,
        poolings=(first.parameters["pooling"],),
        dtype=first.dtype,
        device=device,
        progress=progress,
    )
    return EmbeddingsSession(session, load, device, progress)
