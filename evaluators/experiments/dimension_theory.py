"""Compute the formula n > 8.33 ln N: its coefficient at each n, and the smallest n at each N."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import model_validator

from evaluators.dimension.law_rows import grid_curves
from evaluators.dimension.theory import published_dimension, smallest_dimension, table
from evaluators.evaluator import AtLeastTwo, DigestOf, Evaluator, Request, Session
from evaluators.job import Job
from evaluators.result import Result, Score


class DimensionTheoryRequest(Request):
    """The keys of an `evaluator: dimension_theory` entry in a plan.

    Attributes:
        items: Numbers of things N for which the smallest n is computed, each at least 2; may be
            empty.
        dimensions: Numbers of dimensions n at which the coefficient is computed, each at least 2;
            may be empty.
    """

    items: tuple[AtLeastTwo, ...] = (100, 512, 1_000, 10_000, 100_000, 1_000_000, 5_000_000)
    dimensions: tuple[AtLeastTwo, ...] = (
        2, 4, 8, 16, 32, 64, 96, 128, 256, 512, 1024, 4096, 16384,
    )  # fmt: skip

    @model_validator(mode="after")
    def _something_to_compute(self) -> DimensionTheoryRequest:
        if not (self.items or self.dimensions):
            raise ValueError("items or dimensions must name at least one number, both are empty")
        return self


class DimensionTheory(Evaluator[DimensionTheoryRequest]):
    """Evaluates the formula; nothing is random."""

    VERSION = "1"
    LEVEL = "identity"
    Request = DimensionTheoryRequest

    def jobs(
        self, request: DimensionTheoryRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each N, and one for all coefficients."""
        subject = {"subject": "formula"}
        jobs = [self.job("smallest n", {**subject, "items": items}) for items in request.items]
        if request.dimensions:
            dimensions = sorted(set(request.dimensions))
            jobs.append(self.job("coefficients", {**subject, "dimensions": dimensions}))
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        if job.task == "coefficients":
            return coefficients(job.parameters["dimensions"])
        return needed(job.parameters["items"])


def coefficients(dimensions: Sequence[int]) -> Result:
    """Return the coefficient, h(n)/n and the mean cosine over the dimensions."""
    rows = table(dimensions)
    curves = {
        "coefficient": [row.coefficient for row in rows],
        "h_per_dimension": [row.per_dimension for row in rows],
        "mean_cosine": [row.mean_cosine for row in rows],
    }
    last = rows[-1]
    scores = (Score("coefficient", last.coefficient, 1, {"dimensions": last.n}),)
    return Result(scores, grid_curves([row.n for row in rows], curves))


def needed(items: int) -> Result:
    """Return the smallest n for N items, exactly and as published."""
    criterion = {"criterion": "2 ln N + h(n) < 0"}
    return Result(
        (
            Score("n_star", float(smallest_dimension(items)), 1, criterion),
            Score("n_star_predicted", float(published_dimension(items)), 1, criterion),
        )
    )
