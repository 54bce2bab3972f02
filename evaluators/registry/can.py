"""CAN beside none, on Gaussian classes under two priors and on digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress, stage_progress
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("clue/experiments/can", "clue/postprocessing")
_DATA = ("gaussian", "digits")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: can` entry in a plan.

    Attributes:
        data: `gaussian`, `digits`.
        classes: How many Gaussian classes; each a setting of its own.
        seeds: One classifier each.
        taus: A prediction is unsure from this uncertainty on.
        rows: Training rows a Gaussian class, on average.
        tested: Test rows of the Gaussian classes.
        labelled: Training rows of the digits.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    data: tuple[str, ...] = _DATA
    classes: tuple[int, ...] = (3, 15, 119)
    seeds: tuple[int, ...] = tuple(range(15))
    taus: tuple[float, ...] = (0.7, 0.9)
    rows: int = 40
    tested: int = 5000
    labelled: int = 60

    def __post_init__(self) -> None:
        require_known("kind of data", self.data, _DATA)
        require_each_once(self, "data", "classes", "seeds", "taus")
        if min(self.classes) < 2:
            raise ValueError(f"classes are {list(self.classes)}: each must be 2 or more")
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        if not all(0 < tau <= 1 for tau in self.taus):
            raise ValueError(f"taus are {list(self.taus)}: each must be above 0 and at most 1")
        if self.rows < 2 or self.tested < 100:
            raise ValueError("rows must be 2 or more and tested 100 or more")
        if not 20 <= self.labelled <= 1000:
            raise ValueError(f"labelled is {self.labelled}: of 1,797 digits, 20 to 1,000 may be")


def label(request: Request) -> str:
    """Say what is corrected."""
    return ", ".join(request.data)


def parts(request: Request) -> list[Request]:
    """Return one request a kind of data."""
    return [replace(request, data=(name,)) for name in request.data]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for the digits and one for each number of Gaussian classes."""
    shared = {"taus": sorted(request.taus), "seeds": sorted(request.seeds)}
    made: list[dict[str, Any]] = []
    if "gaussian" in request.data:
        sizes = {"rows": request.rows, "tested": request.tested}
        made += [{"classes": classes, **sizes} for classes in sorted(request.classes)]
    if "digits" in request.data:
        made.append({"labelled": request.labelled})
    return [
        Job(
            evaluator="can",
            evaluator_version=VERSION,
            task="can",
            checkpoint_digest="",
            dataset_digest="",
            parameters={**parameters, **shared},
        )
        for parameters in made
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.clue.experiments.can.run import on_digits, on_gaussians

    given = dict(job.parameters)
    on = f"{given['classes']} classes" if "classes" in given else "digits"
    report = stage_progress(progress, f"CAN, {on}")
    experiment = on_gaussians if "classes" in given else on_digits
    return experiment(**given, report=report)


open_session = opening(_measure)
