"""Experiment E1 on random vectors: recall@1 of noisy queries against dimensions kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.dimension.retrieval.cell import SyntheticCell
from evaluators.dimension.retrieval.names import PROJECTIONS, largest_rank
from evaluators.dimension.retrieval.small import replicates_for
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("dimension", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_retrieval` entry in a plan.

    Attributes:
        items: Numbers of items N, each 2 or more.
        rhos: Cosines between a query and its item.
        projections: `gaussian`, `pca`, `whitening`.
        width: Dimensions before the projection.
        queries: Queries of a replicate.
        replicates: Independent draws, 2 or more, for the intervals; None takes 16, and more for
            fewer items, where few queries can be asked: 200 at 100 items.
        dimensions: Where recall is measured; None chooses a grid about its predicted rise.
        seed: What everything random comes from.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    items: tuple[int, ...] = (100, 316, 1000, 3162, 10_000)
    rhos: tuple[float, ...] = (0.35, 0.462, 0.618, 0.8)
    projections: tuple[str, ...] = ("gaussian",)
    width: int = 1024
    queries: int = 1000
    replicates: int | None = None
    dimensions: tuple[int, ...] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_known("projection", self.projections, PROJECTIONS)
        for key in ("items", "rhos", "projections"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty: name at least one")
        if any(items < 2 for items in self.items):
            raise ValueError("items must be 2 or more: one item is told apart from nothing")
        if any(not 0 < rho < 1 for rho in self.rhos):
            raise ValueError("rhos must lie between 0 and 1")
        if self.width < 2 or self.queries < 1 or (self.replicates or 2) < 2:
            raise ValueError("width and replicates must be 2 or more, queries 1 or more")
        if self.dimensions is not None:
            most = min(largest_rank(p, min(self.items), self.width) for p in self.projections)
            if not self.dimensions or not 1 <= min(self.dimensions) <= max(self.dimensions) <= most:
                raise ValueError(f"dimensions must be numbers between 1 and {most}")


def label(request: Request) -> str:
    """Say what is measured."""
    return "recall@1 of random vectors"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each projection, rho and N."""
    dimensions = None if request.dimensions is None else sorted(set(request.dimensions))
    return [
        Job(
            evaluator="dimension_retrieval",
            evaluator_version=VERSION,
            task="recall@1",
            checkpoint_digest="",
            dataset_digest="",
            parameters={
                "items": items,
                "rho": rho,
                "projection": projection,
                "setting": f"{projection}, rho = {rho:g}",
                "width": request.width,
                "queries": request.queries,
                "replicates": request.replicates or replicates_for(items),
                "dimensions": dimensions,
            },
            seed=request.seed,
        )
        for projection in request.projections
        for rho in request.rhos
        for items in request.items
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.dimension.retrieval.result import as_result
    from evaluators.dimension.retrieval.synthetic import synthetic_curve

    given = job.parameters
    dims = given["dimensions"]
    cell = SyntheticCell(
        items=given["items"],
        rho=given["rho"],
        projection=given["projection"],
        d=given["width"],
        queries=given["queries"],
        replicates=given["replicates"],
        dims=None if dims is None else tuple(dims),
        seed=job.seed,
    )
    return as_result(synthetic_curve(cell, device=device, progress=progress))


open_session = opening(_measure)
