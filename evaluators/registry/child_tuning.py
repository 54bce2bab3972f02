"""Child-Tuning: the step under Adam and SGD, and digits tuned on from few labels."""

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
SOURCES = (
    "clue/experiments/child_tuning",
    "experiments/_digits.py",
    "clue/methods",
    "clue/masking",
)
_EXPERIMENTS = ("steps", "digits")
_OPTIMISERS = ("adam", "sgd")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: child_tuning` entry in a plan.

    Attributes:
        experiments: `steps` of optimisers on drawn gradients, `digits` that are tuned on.
        optimisers: `adam`, `sgd`, for the steps.
        ratios: Mean over deviation of a gradient, for the steps; each a setting of its own.
        shares: Shares of gradients that are kept, for the steps.
        coordinates: How many gradients there are, for the steps.
        steps: How many are measured, after 5,000 that are not.
        seeds: Of gradients and masks; one network each.
        p: Share that is kept, for the digits.
        labelled: Training rows of 896 new digits; the others are tested.
        epochs: How often they are seen.
        rate: Adam's, for the digits.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    experiments: tuple[str, ...] = _EXPERIMENTS
    optimisers: tuple[str, ...] = _OPTIMISERS
    ratios: tuple[float, ...] = (0.1, 1, 3)
    shares: tuple[float, ...] = (0.5, 0.1)
    coordinates: int = 400
    steps: int = 5000
    seeds: tuple[int, ...] = tuple(range(10))
    p: float = 0.3
    labelled: int = 50
    epochs: int = 60
    rate: float = 1e-3

    def __post_init__(self) -> None:
        require_known("experiment", self.experiments, _EXPERIMENTS)
        require_known("optimiser", self.optimisers, _OPTIMISERS)
        require_each_once(self, "experiments", "optimisers", "ratios", "shares", "seeds")
        if not all(0 < share < 1 for share in self.shares):
            raise ValueError(f"shares are {list(self.shares)}: each must be above 0 and below 1")
        if not 0 < self.p <= 1:
            raise ValueError(f"p is {self.p}: it must be above 0 and at most 1")
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        if self.coordinates < 1 or self.steps < 100:
            raise ValueError("coordinates must be 1 or more and steps 100 or more")
        if not 10 <= self.labelled <= 700:
            raise ValueError(f"labelled is {self.labelled}: of 896 digits, 10 to 700 may be")
        if self.epochs < 1 or not 0 < self.rate < 1:
            raise ValueError("epochs must be 1 or more and rate between 0 and 1")


def label(request: Request) -> str:
    """Say what is measured."""
    return ", ".join(request.experiments)


def parts(request: Request) -> list[Request]:
    """Return one request an experiment."""
    return [replace(request, experiments=(name,)) for name in request.experiments]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each optimiser and ratio, and one for the digits."""
    made: list[dict[str, Any]] = []
    if "steps" in request.experiments:
        made += [
            {
                "optimiser": optimiser,
                "ratio": ratio,
                "shares": sorted(request.shares, reverse=True),
                "coordinates": request.coordinates,
                "steps": request.steps,
            }
            for optimiser in request.optimisers
            for ratio in sorted(request.ratios)
        ]
    if "digits" in request.experiments:
        tuned = {"p": request.p, "labelled": request.labelled}
        made.append({**tuned, "epochs": request.epochs, "rate": request.rate})
    return [
        Job(
            evaluator="child_tuning",
            evaluator_version=VERSION,
            task="child_tuning",
            checkpoint_digest="",
            dataset_digest="",
            parameters={**parameters, "seeds": sorted(request.seeds)},
        )
        for parameters in made
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    # Everything is small, so it stays on the CPU.
    given = dict(job.parameters)
    what = f"{given['optimiser']} steps" if "optimiser" in given else "digits"
    report = stage_progress(progress, f"Child-Tuning, {what}")
    if "optimiser" in given:
        from evaluators.clue.experiments.child_tuning.steps import of_steps

        return of_steps(**given, report=report)
    from evaluators.clue.experiments.child_tuning.tune import on_digits

    return on_digits(**given, report=report)


open_session = opening(_measure)
