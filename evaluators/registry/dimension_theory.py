"""The formula n > 8.33 ln N itself: the coefficient at each n, the n it asks for at each N."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import PlainSession
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("dimension", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_theory` entry in a plan.

    Attributes:
        items: Numbers of things N for which the smallest n is asked.
        dimensions: Numbers of dimensions n at which the coefficient is computed.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    items: tuple[int, ...] = (100, 512, 1_000, 10_000, 100_000, 1_000_000, 5_000_000)
    dimensions: tuple[int, ...] = (2, 4, 8, 16, 32, 64, 96, 128, 256, 512, 1024, 4096, 16384)

    def __post_init__(self) -> None:
        for key in ("items", "dimensions"):
            if any(value < 2 for value in getattr(self, key)):
                raise ValueError(f"{key} must be 2 or more")
        if not (self.items or self.dimensions):
            raise ValueError("items and dimensions are both empty: name one number at least")


def label(request: Request) -> str:
    """Say what is computed."""
    return "formula"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for the coefficients and one for each N."""
    named = {"subject": "formula"}
    shared = Job("dimension_theory", VERSION, "smallest n", checkpoint_digest="", dataset_digest="")
    made = [replace(shared, parameters={**named, "items": items}) for items in request.items]
    if request.dimensions:
        dimensions = sorted(set(request.dimensions))
        table = {**named, "dimensions": dimensions}
        made.append(replace(shared, task="coefficients", parameters=table))
    return made


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> PlainSession:
    """Prepare nothing."""
    return PlainSession(_run)


def _run(job: Job) -> Result:
    from evaluators.dimension.rows import grid_curves
    from evaluators.dimension.theory import published_dimension, smallest_dimension, table

    given = job.parameters
    if job.task == "coefficients":
        rows = table(given["dimensions"])
        curves = {
            "coefficient": [row.coefficient for row in rows],
            "h_per_dimension": [row.per_dimension for row in rows],
            "mean_cosine": [row.mean_cosine for row in rows],
        }
        last = rows[-1]
        scores = (Score("coefficient", last.coefficient, 1, {"dimensions": last.n}),)
        return Result(scores, grid_curves([row.n for row in rows], curves))
    items = given["items"]
    asked = {"criterion": "2 ln N + h(n) < 0"}
    return Result(
        (
            Score("n_star", float(smallest_dimension(items)), 1, asked),
            Score("n_star_predicted", float(published_dimension(items)), 1, asked),
        )
    )
