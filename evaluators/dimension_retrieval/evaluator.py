"""Measure recall@1 of noisy queries among random vectors against n (experiment E1)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from evaluators.dimension_retrieval import PROJECTIONS, largest_rank
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Evaluator,
    Request,
    Session,
    Share,
    known,
)
from evaluators.job import Job
from evaluators.result import Result

Rhos = Annotated[tuple[Share, ...], Field(min_length=1)]
Projections = Annotated[tuple[str, ...], Field(min_length=1), known("projection", PROJECTIONS)]

# Few items leave few queries to a replicate, and cost little: (up to N items, replicates).
_REPLICATES = ((100, 200), (316, 100), (1000, 48), (3162, 24))
_FEWEST_REPLICATES = 16


class DimensionRetrievalRequest(Request):
    """The keys of an `evaluator: dimension_retrieval` entry in a plan.

    Attributes:
        items: Numbers of items N, each at least 2.
        rhos: Cosines between a query and its item; 0.462 is where -2/ln(1 - rho²) is 8.33.
        projections: `gaussian`, `pca`, `whitening`.
        width: Number of dimensions before the projection, at least 2.
        queries: Number of queries of a replicate.
        replicates: Number of independent draws, at least 2, for the intervals; None takes 16, and
            more for fewer items, as they allow fewer queries: 200 at 100 items.
        dimensions: Numbers of dimensions at which recall is measured; None takes a grid around
            the predicted rise of recall.
        seed: Seed of everything random.
    """

    items: Annotated[tuple[AtLeastTwo, ...], Field(min_length=1)] = (100, 316, 1000, 3162, 10_000)
    rhos: Rhos = (0.35, 0.462, 0.618, 0.8)
    projections: Projections = ("gaussian",)
    width: AtLeastTwo = 1024
    queries: Count = 1000
    replicates: AtLeastTwo | None = None
    dimensions: Annotated[tuple[Count, ...], Field(min_length=1)] | None = None
    seed: int = 0

    @model_validator(mode="after")
    def _dimensions_within_every_projection(self) -> DimensionRetrievalRequest:
        largest = min(largest_rank(each, min(self.items), self.width) for each in self.projections)
        if self.dimensions is not None and max(self.dimensions) > largest:
            raise ValueError(
                f"dimensions must be at most {largest}, all that the projections of"
                f" {min(self.items)} items in {self.width} have, got {max(self.dimensions)}"
            )
        return self


class DimensionRetrieval(Evaluator[DimensionRetrievalRequest]):
    """Draws new items, queries and projections in each replicate."""

    VERSION = "1"
    LEVEL = "made-up"
    Request = DimensionRetrievalRequest

    def jobs(
        self, request: DimensionRetrievalRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each projection, rho and N."""
        dimensions = None if request.dimensions is None else sorted(set(request.dimensions))
        return [
            self.job(
                "recall@1",
                {
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

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.dimension_retrieval.recall_curve import as_result
        from evaluators.dimension_retrieval.synthetic import SyntheticCell, synthetic_curve

        params = job.parameters
        dims = params["dimensions"]
        cell = SyntheticCell(
            items=params["items"],
            rho=params["rho"],
            projection=params["projection"],
            d=params["width"],
            queries=params["queries"],
            replicates=params["replicates"],
            dims=None if dims is None else tuple(dims),
            seed=job.seed,
        )
        return as_result(synthetic_curve(cell, device=session.device, progress=session.progress))


def replicates_for(items: int) -> int:
    """Return the number of replicates that gives N items a narrow interval."""
    return next((count for most, count in _REPLICATES if items <= most), _FEWEST_REPLICATES)
