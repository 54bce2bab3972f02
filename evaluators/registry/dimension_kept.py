"""How few dimensions keep a sentence similarity score: read off curves that are stored already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from evaluators.job import Job
from evaluators.progress import Progress
from evaluators.registry import DatasetRef, sts
from evaluators.result import Result, Score
from evaluators.standalone import PlainSession
from evaluators.sts import VERSION as STS_VERSION

VERSION = "1"
SOURCES = ("dimension", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_kept` entry in a plan.

    Its plan also evaluates `sts` with the same keys, further up.

    Attributes:
        tasks: Sentence-pair tasks.
        poolings: As for `sts`.
        whitening: As for `sts`.
        prompt: As for `sts`.
        max_length: As for `sts`.
        dtype: As for `sts`.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    tasks: tuple[str, ...]
    poolings: tuple[str, ...] = ("native",)
    whitening: tuple[str, ...] = ("none",)
    prompt: str = ""
    max_length: int | None = None
    dtype: Literal["float32", "float64", "bfloat16", "float16"] = "float32"

    def __post_init__(self) -> None:
        _sts_request(self)


class StoredCurve(NamedTuple):
    """What a job reads, from the store.

    Attributes:
        start: k of the first value.
        values: Spearman at k = start, start + 1, …, d.
        sentences: Distinct sentences that were scored.
    """

    start: int
    values: tuple[float, ...]
    sentences: int


def _sts_request(request: Request) -> sts.Request:
    """Return the request whose curves are read; it also checks the names."""
    return sts.Request(
        tasks=request.tasks,
        poolings=request.poolings,
        whitening=request.whitening,
        prompt=request.prompt,
        max_length=request.max_length,
        dtype=request.dtype,
    )


def needs_checkpoint(request: Request) -> bool:
    """The curves are a checkpoint's."""
    return True


def label(request: Request) -> str:
    """Name the tasks."""
    return ", ".join(request.tasks)


def parts(request: Request) -> list[Request]:
    """Return one request a task and whitening, as `sts` does."""
    return [
        Request(part.tasks, part.poolings, part.whitening, part.prompt, part.max_length, part.dtype)
        for part in sts.parts(_sts_request(request))
    ]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each curve; what makes the curve makes the job."""
    made = []
    for curve in sts.jobs(_sts_request(request), checkpoint_digest, digest_of):
        named = ("pooling", "whitening", "fit_digests", "prompt", "max_length")
        of_curve = {key: curve.parameters[key] for key in named}
        setting = f"{of_curve['pooling']}, whitening {of_curve['whitening']}"
        made.append(
            Job(
                evaluator="dimension_kept",
                evaluator_version=VERSION,
                task=curve.task,
                checkpoint_digest=checkpoint_digest,
                dataset_digest=curve.dataset_digest,
                parameters={**of_curve, "setting": setting, "sts_version": STS_VERSION},
                dtype=curve.dtype,
            )
        )
    return made


def dataset_of(job: Job) -> DatasetRef:
    """Return the split that was scored."""
    return DatasetRef(job.task)


def session_key(job: Job) -> str:
    """Nothing is shared."""
    return ""


def curve_of(job: Job) -> DatasetRef:
    """Return what names a job's curve: all that makes it, as the kind of dataset `sts_curve`."""
    from evaluators.digest import canonical_json

    return DatasetRef(
        job.task,
        canonical_json(
            {
                "checkpoint_digest": job.checkpoint_digest,
                "dataset_digest": job.dataset_digest,
                "dtype": job.dtype,
                "parameters": dict(job.parameters),
            }
        ),
        kind="sts_curve",
    )


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> PlainSession:
    """Prepare nothing: no weight is loaded."""

    def run(job: Job) -> Result:
        from evaluators.dimension.kept import kept_dimensions

        curve: StoredCurve = load(curve_of(job))
        found = kept_dimensions(curve.values, curve.sentences, start=curve.start)
        scores = [
            Score("score_full", found.full, curve.sentences),
            Score("score_best", found.best, curve.sentences, {"dimensions": found.best_k}),
            Score("score_at_rule", found.at_formula, curve.sentences),
        ]
        for level in found.levels:
            kept = "all" if level.share == 1 else f"{level.share:.0%}"
            named = {
                "criterion": f"{kept} of the {level.reference} score",
                "first": level.first,
                "rule_is_enough": level.enough,
                "items": curve.sentences,
            }
            if level.stays is None:
                last = float(found.dimensions)
                scores.append(Score("n_star_beyond", last, curve.sentences, named))
            else:
                scores.append(Score("n_star", float(level.stays), curve.sentences, named))
        return Result(tuple(scores), cost={"device": "cpu"})

    return PlainSession(run)
