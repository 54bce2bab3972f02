"""Measure how large attention heads must be to find one of N positions (experiment E3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Evaluator,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.result import Result, Score

# At scale 2 the key pointed at gets nearly all of the attention, at 1 half of it.
_SCALE = 2.0


class DimensionAttentionRequest(Request):
    """The keys of an `evaluator: dimension_attention` entry in a plan.

    Attributes:
        items: Lengths N, each at least 2, of the sequences that heads are trained to recall from;
            may be empty.
        sizes: Head sizes; None takes 2 to 32.
        steps: Number of training steps; None takes the default of the task.
        seeds: Seeds of parameters and sequences; 2 or more give intervals.
        ranks: Lengths N, each at least 2, at which the smallest rank of attention scores is
            sought; may be empty.
        tolerance: Largest mean total variation between attention of the smaller and full rank.
    """

    items: tuple[AtLeastTwo, ...] = (32, 64, 128, 256)
    sizes: Annotated[tuple[Count, ...], Field(min_length=1)] | None = None
    steps: Count | None = None
    seeds: Seeds = (0, 1, 2)
    ranks: tuple[AtLeastTwo, ...] = (32, 64, 128, 256)
    tolerance: Share = 0.1

    @model_validator(mode="after")
    def _something_to_measure(self) -> DimensionAttentionRequest:
        if not (self.items or self.ranks):
            raise ValueError("items or ranks must name at least one length, both are empty")
        return self


class DimensionAttention(Evaluator[DimensionAttentionRequest]):
    """Trains heads of every size on recall, and approximates attention scores by a smaller rank."""

    VERSION = "1"
    LEVEL = "made-up"
    Request = DimensionAttentionRequest

    def jobs(
        self, request: DimensionAttentionRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each length that is trained, and for each whose rank is sought."""
        jobs = [
            self.job(
                "recall",
                {
                    "items": length,
                    "setting": "trained heads",
                    "sizes": None if request.sizes is None else sorted(set(request.sizes)),
                    "steps": request.steps,
                    "seeds": list(request.seeds),
                },
                seed=request.seeds[0],
            )
            for length in request.items
        ]
        for pattern, method in (("gaussian", "svd"), ("pointer", "svd"), ("pointer", "projection")):
            for length in request.ranks:
                parameters = {
                    "items": length,
                    "setting": f"{pattern} scores, {method}",
                    "pattern": pattern,
                    "method": method,
                    "tolerance": request.tolerance,
                }
                jobs.append(self.job("low rank", parameters))
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        return _recall(job, session) if job.task == "recall" else _rank(job)


def _recall(job: Job, session: Session) -> Result:
    from evaluators.dimension.law_rows import grid_curves, threshold_scores
    from evaluators.dimension_attention.heads import Task
    from evaluators.dimension_attention.recall import SIZES, recall

    params = job.parameters
    curve = recall(
        params["items"],
        sizes=params["sizes"] or SIZES,
        seeds=params["seeds"],
        task=Task() if params["steps"] is None else Task(steps=params["steps"]),
        device=session.device,
        progress=session.progress,
    )
    seeds = len(curve.accuracy)
    scores: list[Score] = []
    for level, threshold in sorted(curve.thresholds.items()):
        scores += threshold_scores(
            f"{level:.0%} of the way to recall",
            threshold,
            trials=seeds,
            last=float(curve.sizes[-1]),
        )
    scores += [
        Score("chance", curve.chance, seeds),
        Score("inconclusive", float(curve.inconclusive is not None), seeds),
    ]
    mean = [sum(column) / seeds for column in zip(*curve.accuracy, strict=True)]
    half = [sum(column) / seeds for column in zip(*curve.accuracy_half, strict=True)]
    curves = {"accuracy": mean, "accuracy half way": half}
    cost = {"device": session.device or "cpu", "inconclusive": curve.inconclusive}
    return Result(tuple(scores), grid_curves(curve.sizes, curves), cost)


def _rank(job: Job) -> Result:
    from evaluators.dimension_attention.low_rank import random_logits, smallest_rank

    params = job.parameters
    logits = random_logits(params["pattern"], params["items"], _SCALE, job.seed)
    result = smallest_rank(
        logits, tolerance=params["tolerance"], method=params["method"], seed=job.seed
    )
    variant = {"criterion": f"attention within {params['tolerance']:g}", "scale": _SCALE}
    metric = "n_star_beyond" if result.n is None else "n_star"
    value = float(result.largest if result.n is None else result.n)
    return Result((Score(metric, value, params["items"], variant),), cost={"device": "cpu"})
