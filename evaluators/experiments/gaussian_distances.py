"""Compute KL divergence, Bhattacharyya and Wasserstein distance of normal distributions.

The closed forms are compared with random draws, both forms of the Wasserstein trace with each
other, and the formulas as printed with forms without inverses, on covariances that are more and
more badly conditioned. See `_gaussians` for how exact values are known there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.experiments._gaussians import Distances

Dtype = Literal["float64", "float32"]
METRICS = ("kl_error", "bhattacharyya_error", "wasserstein_error")
DRAWN_CONDITION = 100.0
"""Condition number of the covariances that are compared with random draws."""

MOST = 1.0
"""Largest relative error that is reported, of what is not a number too."""

VARIANCES = (1.0, 1e-3, 1e-6, 1e-9, 1e-12)
"""Variances of one direction of q, on its way to a singular covariance."""


class GaussianDistancesRequest(Request):
    """The keys of an `evaluator: gaussian_distances` entry in a plan.

    Attributes:
        dimensions: Dimensions in which closed forms are compared with random draws, each at least
            2; each is a setting.
        draws: Random vectors of each distribution, at least 2.
        conditions: Condition numbers of covariances, each at least 1; each is a setting.
        dtypes: Precisions in which the formulas are computed: `float64` or `float32`.
        near_dimension: Dimension of the distributions of these condition numbers, and of singular
            ones.
        seeds: One pair of distributions each.
    """

    dimensions: Distinct[AtLeastTwo] = (2, 8, 32)
    draws: AtLeastTwo = 20_000
    conditions: Distinct[Annotated[float, Field(ge=1, allow_inf_nan=False)]] = (
        *(1.0, 1e2, 1e4),
        *(1e6, 1e8, 1e10),
    )
    dtypes: Distinct[Dtype] = ("float64", "float32")
    near_dimension: AtLeastTwo = 32
    seeds: Seeds = tuple(range(1000, 1020))


class GaussianDistances(Evaluator[GaussianDistancesRequest]):
    """The arms are ways to compute the distances; a seed draws a pair of distributions."""

    VERSION = "1"
    LEVEL = "identity"
    BUDGET = ("draws",)
    Request = GaussianDistancesRequest

    def jobs(
        self, request: GaussianDistancesRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return a job for each dimension and precision, one on traces, one on singular cases."""
        seeds = {"seeds": sorted(request.seeds)}
        near = {"dimension": request.near_dimension, **seeds}
        conditions = {"conditions": sorted(request.conditions)}
        return [
            *(
                self.job(
                    "closed forms and random draws",
                    {"dimension": dimension, "draws": request.draws, **seeds},
                )
                for dimension in sorted(request.dimensions)
            ),
            self.job("two traces", {"both": True, **conditions, **near}),
            self.job("singular covariances", near),
            *(
                self.job(f"formulas in {dtype}", {"dtype": dtype, **conditions, **near})
                for dtype in request.dtypes
            ),
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return that of a theorem; what rounding does to a formula is none."""
        return "made-up" if "dtype" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        with one_thread():
            if "draws" in params:
                return against_draws(**params, report=stage_progress(session.progress, job.task))
            if "dtype" in params:
                return conditioned(**params)
            if params.pop("both", False):
                return traces(**params)
            return singular(**params)


def against_draws(dimension: int, draws: int, seeds: list[int], report: Report) -> Result:
    """Return the relative differences of closed forms from random draws, by distance.

    Args:
        dimension: d.
        draws: Random vectors of each distribution.
        seeds: One pair each.
        report: Called with the seeds done and all of them.
    """
    from evaluators.experiments import _gaussians

    scores = ArmScores(f"dimension {dimension}, draws {draws}")
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        pair = _gaussians.mapped(_gaussians.draw(dimension, [seed]), DRAWN_CONDITION, [seed])
        found = _gaussians.monte_carlo(pair, draws, [seed])
        for arm, distances in (
            ("closed form", _gaussians.as_printed(pair)),
            ("without mean term", _gaussians.as_printed(pair, mean_term=False)),
            ("without log determinant", _gaussians.as_printed(pair, log_determinant=False)),
        ):
            for metric, value, drawn in zip(METRICS, distances, found, strict=True):
                scores.add(metric, float(value / drawn - 1), draws, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def traces(dimension: int, conditions: list[float], seeds: list[int], both: bool = True) -> Result:
    """Return the relative errors of both forms of the Wasserstein trace, in float64.

    The condition numbers are followed by covariances of half the rank; the control is the trace of
    the product's root where a covariance is taken twice.
    """
    from evaluators.experiments import _gaussians

    found = []
    drawn = _gaussians.draw(dimension, seeds)
    pairs = [
        (f"condition {condition:g}", _gaussians.mapped(drawn, condition, seeds))
        for condition in conditions
    ]
    half = dimension // 2
    cut = _gaussians.Pair(drawn.gap, drawn.first[..., :half], drawn.second[..., :half])
    for name, pair in (*pairs, (f"rank {half}", cut)):
        scores = ArmScores(f"{name}, dimension {dimension}, dtype float64")
        exact = _gaussians.nuclear(pair.first, pair.second)
        p, q = pair.covariances()
        for arm, trace in (
            ("symmetric root", _gaussians.symmetric_root(p, q)),
            ("product root", _gaussians.product_root(p, q)),
            ("one covariance twice", _gaussians.product_root(p, p)),
        ):
            _add(scores, "trace_error", arm, trace, exact, seeds)
        found += scores.scores
    return Result(tuple(found))


def conditioned(dimension: int, conditions: list[float], dtype: Dtype, seeds: list[int]) -> Result:
    """Return the relative errors of three ways to compute the distances in a precision.

    Exact are KL and Bhattacharyya of the pairs before the map, and Wasserstein from the factors in
    float64. An error of 1 is one of 1 or more, or not a number.
    """
    from evaluators.experiments import _gaussians

    found = []
    drawn = _gaussians.draw(dimension, seeds)
    before = _gaussians.by_factors(drawn)
    for condition in conditions:
        scores = ArmScores(f"condition {condition:g}, dimension {dimension}, dtype {dtype}")
        pair = _gaussians.mapped(drawn, condition, seeds)
        exact = before._replace(wasserstein=_gaussians.by_factors(pair).wasserstein)
        stored = pair.to(getattr(torch, dtype))
        for arm, distances in (
            ("as printed", _gaussians.as_printed(stored)),
            ("Cholesky", _gaussians.by_cholesky(stored)),
            ("factors", _gaussians.by_factors(stored)),
        ):
            for metric, value, right in zip(METRICS, distances, exact, strict=True):
                _add(scores, metric, arm, value, right, seeds)
        found += scores.scores
    return Result(tuple(found))


def singular(dimension: int, seeds: list[int]) -> Result:
    """Return the distances from p to distributions q whose variance in one direction vanishes.

    `growth` is a distance over that at a variance of 1; `asymmetry` its relative difference from
    the distance with both sides exchanged.
    """
    from evaluators.experiments import _gaussians

    found = []
    drawn = _gaussians.draw(dimension, seeds)
    start: Distances | None = None
    for variance in VARIANCES:
        scores = ArmScores(f"smallest variance {variance:g}, dimension {dimension}")
        scales = torch.ones(dimension, dtype=torch.float64)
        scales[0] = variance**0.5
        # Columns of a factor are orthogonal: one of them alone becomes short.
        unit = drawn.second / drawn.second.norm(dim=1, keepdim=True)
        pair = drawn._replace(second=unit * scales)
        distances = _gaussians.by_factors(pair)
        exchanged = _gaussians.by_factors(pair.exchanged())
        start = start or distances
        for arm, value, other, first in zip(
            ("KL", "Bhattacharyya", "Wasserstein"), distances, exchanged, start, strict=True
        ):
            growth, asymmetry = value / first, (value / other - 1).abs()
            for at, seed in enumerate(seeds):
                scores.add("growth", float(growth[at]), 1, arm=arm, seed=seed)
                scores.add("asymmetry", float(asymmetry[at]), 1, arm=arm, seed=seed)
        found += scores.scores
    return Result(tuple(found))


def _add(
    scores: ArmScores, metric: str, arm: str, values: Tensor, exact: Tensor, seeds: list[int]
) -> None:
    errors = (values.double() / exact - 1).abs()
    for seed, error in zip(seeds, errors.nan_to_num(MOST).clamp(max=MOST).tolist(), strict=True):
        scores.add(metric, error, 1, arm=arm, seed=seed)
