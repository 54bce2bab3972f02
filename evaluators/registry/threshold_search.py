"""The published search for a threshold beside the exact one, on random similarities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress, stage_progress
from evaluators.registry import DatasetRef
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("clue/experiments/threshold_search", "clue/threshold")
_SPREADS = ("wide", "crowded")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: threshold_search` entry in a plan.

    Attributes:
        cases: Random cases of each kind, one seed each.
        pairs: Pairs on which a threshold is found; each gives a setting of its own.
        spreads: How cosines lie: `wide`, all over −1…1, or `crowded` near 1.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    cases: int = 200
    pairs: tuple[int, ...] = (1000,)
    spreads: tuple[str, ...] = _SPREADS

    def __post_init__(self) -> None:
        require_known("spread", self.spreads, _SPREADS)
        if self.cases < 2:
            raise ValueError(f"cases is {self.cases}: an interval needs 2 or more")
        if not self.pairs or min(self.pairs) < 10:
            raise ValueError(f"pairs are {list(self.pairs)}: name one number or more, each from 10")
        if not self.spreads:
            raise ValueError("spreads is empty: name wide, crowded or both")


def label(request: Request) -> str:
    """Say what is searched."""
    return "thresholds"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each spread and number of pairs."""
    return [
        Job(
            evaluator="threshold_search",
            evaluator_version=VERSION,
            task="threshold search",
            checkpoint_digest="",
            dataset_digest="",
            parameters={"spread": spread, "pairs": pairs, "cases": request.cases},
        )
        for spread in dict.fromkeys(request.spreads)
        for pairs in sorted(set(request.pairs))
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.clue.experiments.threshold_search.run import compare

    given = job.parameters
    report = stage_progress(progress, f"thresholds, {given['spread']}")
    return compare(given["spread"], given["pairs"], given["cases"], report)


open_session = opening(_measure)
