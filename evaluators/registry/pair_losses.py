"""CoSENT, Sentence-BERT and direct cosine losses on made-up pairs with hard negatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress, stage_progress
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = (
    "clue/experiments/pair_losses",
    "clue/modules",
    "clue/threshold",
    "contrastive",
    "statistics.py",
)
_ARMS = ("cosent", "sbert", "linear-cosine", "squared-cosine")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: pair_losses` entry in a plan.

    Attributes:
        arms: The losses: `cosent`, `sbert`, `linear-cosine`, `squared-cosine`.
        shared: Dimensions of topic that the texts of a negative share, of 24; each a setting.
        pairs: Pairs that are trained on; each a setting.
        seeds: One world and network each, all of a setting at once.
        epochs: How often every pair is seen.
        batch: Pairs a step.
        rate: Adam's step.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    arms: tuple[str, ...] = _ARMS
    shared: tuple[int, ...] = (0, 20)
    pairs: tuple[int, ...] = (4_000, 16_000)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    epochs: int = 6
    batch: int = 32
    rate: float = 2e-3

    def __post_init__(self) -> None:
        require_known("loss", self.arms, _ARMS)
        require_each_once(self, "arms", "shared", "pairs", "seeds")
        if min(self.shared) < 0 or max(self.shared) > 23:
            raise ValueError(f"shared are {list(self.shared)}: each must be 0 to 23")
        if self.batch < 2 or min(self.pairs) < self.batch:
            raise ValueError("batch must be 2 or more, and pairs no fewer than a batch")
        if min(self.seeds) < 0 or self.epochs < 1 or not self.rate > 0:
            raise ValueError("seeds must be 0 or more, epochs 1 or more, rate above 0")


def label(request: Request) -> str:
    """Say what is trained."""
    return "pairs"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each setting and loss, all seeds of it at once."""
    shared = {
        "seeds": sorted(request.seeds),
        "epochs": request.epochs,
        "batch": request.batch,
        "rate": request.rate,
    }
    return [
        Job(
            evaluator="pair_losses",
            evaluator_version=VERSION,
            task="made-up pairs",
            checkpoint_digest="",
            dataset_digest="",
            parameters={"shared": dimensions, "pairs": pairs, "arm": arm, **shared},
        )
        for dimensions in sorted(request.shared)
        for pairs in sorted(request.pairs)
        for arm in request.arms
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.clue.experiments.pair_losses.run import compare
    from evaluators.clue.experiments.pair_losses.train import Recipe

    given = job.parameters
    recipe = Recipe(given["epochs"], given["batch"], given["rate"])
    report = stage_progress(progress, f"{given['arm']}, {given['shared']} of 24 shared")
    return compare(given["arm"], given["shared"], given["pairs"], given["seeds"], recipe, report)


open_session = opening(_measure)
