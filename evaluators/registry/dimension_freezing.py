"""The exact entropy and largest cosine where the formula says that N vectors freeze."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

if TYPE_CHECKING:
    from evaluators.statistics import Interval

VERSION = "1"
SOURCES = ("dimension", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_freezing` entry in a plan.

    Attributes:
        items: Numbers of vectors N; time grows with N², 80 s a replicate at 100,000.
        coefficients: n is each of these times ln N, rounded.
        tied: Whether the contexts are the vectors themselves, rather than N others.
        replicates: Independent draws, for the intervals.
        seed: What they come from.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    items: tuple[int, ...] = (256, 1024, 4096)
    coefficients: tuple[float, ...] = (4.0, 8.3123)
    tied: bool = False
    replicates: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.items or any(items < 2 for items in self.items):
            raise ValueError("items must be one number or more, each 2 or more")
        if not self.coefficients or any(not value > 0 for value in self.coefficients):
            raise ValueError("coefficients must be one number or more, each above 0")
        if self.replicates < 2:
            raise ValueError("replicates must be 2 or more: an interval rests on them")


def label(request: Request) -> str:
    """Say what is measured."""
    return "freezing"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each N and coefficient."""
    return [
        Job(
            evaluator="dimension_freezing",
            evaluator_version=VERSION,
            task="freezing",
            checkpoint_digest="",
            dataset_digest="",
            parameters={
                "items": items,
                "coefficient": coefficient,
                "tied": request.tied,
                "setting": f"n = {coefficient:g} ln N{', tied' if request.tied else ''}",
                "replicates": request.replicates,
            },
            seed=request.seed,
        )
        for items in request.items
        for coefficient in request.coefficients
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    import math

    import numpy as np

    from evaluators.dimension.freezing import freezing

    given = job.parameters
    items, replicates = int(given["items"]), int(given["replicates"])
    n = max(2, round(given["coefficient"] * math.log(items)))
    rngs = np.random.default_rng([job.seed, items, n]).spawn(replicates)
    found = freezing(items, n, rngs=rngs, tied=given["tied"], device=device, progress=progress)
    at = {"dimensions": n}

    def mean(metric: str, found: Interval) -> Score:
        return Score(metric, found.estimate, replicates, at, found.low, found.high)

    def theory(metric: str, value: float) -> Score:
        return Score(metric, value, replicates, at)

    return Result(
        scores=(
            mean("entropy", found.entropy),
            theory("entropy_annealed", found.annealed),
            mean("largest_cosine", found.largest_cosine),
            theory("largest_cosine_limit", found.largest_limit),
            theory("largest_cosine_median", found.largest_median),
        ),
        cost={
            "device": device or "cpu",
            "peak_bytes": max(one.peak_bytes for one in found.replicates),
        },
    )


open_session = opening(_measure)
