"""R-Drop beside plain training, on digits with few labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once
from evaluators.progress import Progress
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("clue/experiments/r_drop", "clue/experiments/digits", "clue/methods")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: r_drop` entry in a plan.

    Attributes:
        alphas: Weights of the divergence; 0 is two passes without it.
        dropouts: Rates; each a setting of its own.
        seeds: One network each, all in one pass.
        labelled: Training rows of 1,797 digits; the others are tested.
        epochs: How often they are seen.
        passes: Over how many masks predictions are averaged.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    alphas: tuple[float, ...] = (0, 1, 4)
    dropouts: tuple[float, ...] = (0.3, 0.5)
    seeds: tuple[int, ...] = tuple(range(12))
    labelled: int = 200
    epochs: int = 150
    passes: int = 30

    def __post_init__(self) -> None:
        require_each_once(self, "alphas", "dropouts", "seeds")
        if not all(0 <= alpha < float("inf") for alpha in self.alphas):
            raise ValueError(f"alphas are {list(self.alphas)}: each must be 0 or more")
        if not all(0 < rate < 1 for rate in self.dropouts):
            raise ValueError(
                f"dropouts are {list(self.dropouts)}: without dropout two passes agree, so each"
                " must be above 0 and below 1"
            )
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        if not 20 <= self.labelled <= 1500:
            raise ValueError(f"labelled is {self.labelled}: of 1,797 digits, 20 to 1,500 may be")
        if self.epochs < 1 or self.passes < 2:
            raise ValueError("epochs must be 1 or more and passes 2 or more")


def label(request: Request) -> str:
    """Say what is trained on."""
    return "digits"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each rate of dropout, with all arms and seeds."""
    return [
        Job(
            evaluator="r_drop",
            evaluator_version=VERSION,
            task="r_drop",
            checkpoint_digest="",
            dataset_digest="",
            parameters={
                "dropout": dropout,
                "alphas": sorted(request.alphas),
                "seeds": sorted(request.seeds),
                "labelled": request.labelled,
                "epochs": request.epochs,
                "passes": request.passes,
            },
        )
        for dropout in sorted(request.dropouts)
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    # The networks are small, so they stay on the CPU.
    from evaluators.clue.experiments.r_drop.run import on_digits

    def report(arm: str, done: int, total: int) -> None:
        if progress is not None:
            progress(f"{arm}, dropout {job.parameters['dropout']:g}", done, total)

    return on_digits(**job.parameters, report=report)


open_session = opening(_measure)
