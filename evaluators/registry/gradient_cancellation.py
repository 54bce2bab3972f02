"""What is left of a contrastive loss's gradient by loss, precision and gap: a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.contrastive.names import DTYPE_NAMES, LOSS_NAMES
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("contrastive", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: gradient_cancellation` entry in a plan.

    Attributes:
        losses: What is differentiated.
        dtypes: What the arithmetic runs in; float64 is what they are measured against.
        gaps: How far the positive logit lies above the middle of the negatives.
        negatives: K.
        rows: Rows of random logits, for each seed.
        spread: Standard deviation of the negatives.
        seeds: Of the negatives.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    losses: tuple[str, ...] = LOSS_NAMES
    dtypes: tuple[str, ...] = ("float32", "bfloat16", "float16")
    gaps: tuple[float, ...] = (4, 6, 8, 10, 12, 14, 16, 18, 20, 24)
    negatives: int = 8
    rows: int = 1000
    spread: float = 1.0
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)

    def __post_init__(self) -> None:
        require_known("contrastive loss", self.losses, LOSS_NAMES)
        require_known("dtype", self.dtypes, DTYPE_NAMES)
        if "float64" in self.dtypes:
            raise ValueError("dtypes hold float64: it is what the others are measured against")
        require_each_once(self, "losses", "dtypes", "gaps", "seeds")
        if not all(0 <= gap <= 30 for gap in self.gaps):
            raise ValueError(
                f"gaps are {list(self.gaps)}: between 0 and 30, as beyond that the cross-entropy"
                " in float64 is no measure either"
            )
        if self.negatives < 1 or self.rows < 1:
            raise ValueError("negatives and rows must be 1 or more")
        if not 0 <= self.spread <= 10:
            raise ValueError(f"spread is {self.spread}: between 0 and 10")
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")


def label(request: Request) -> str:
    """Say what is measured."""
    return "gradients by precision"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each dtype."""
    return [
        Job(
            evaluator="gradient_cancellation",
            evaluator_version=VERSION,
            task="gradient",
            checkpoint_digest="",
            dataset_digest="",
            parameters={
                "losses": list(request.losses),
                "dtype": dtype,
                "gaps": sorted(float(gap) for gap in request.gaps),
                "negatives": request.negatives,
                "rows": request.rows,
                "spread": float(request.spread),
                "seeds": sorted(request.seeds),
            },
        )
        for dtype in request.dtypes
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.contrastive.cancellation import gradient_errors

    given = job.parameters
    where = device or "cpu"
    scores = []
    for seed in given["seeds"]:
        for found in gradient_errors(
            given["gaps"],
            losses=given["losses"],
            dtypes=[given["dtype"]],
            negatives=given["negatives"],
            rows=given["rows"],
            spread=given["spread"],
            seed=seed,
            device=where,
        ):
            which = {"loss": found.loss, "gap": found.gap, "seed": seed}
            scores += [
                Score("relative_error", found.mean, given["rows"], which),
                Score("largest_error", found.largest, given["rows"], which),
                Score("below_normal", found.below_normal, given["rows"], which),
            ]
    return Result(tuple(scores), cost={"device": where})


open_session = opening(_measure)
