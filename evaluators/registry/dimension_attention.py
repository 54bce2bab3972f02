"""Experiment E3: how large attention heads must be to find one of N positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("dimension", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_attention` entry in a plan.

    Attributes:
        items: Lengths N of the sequences that heads are trained to recall from; may be empty.
        sizes: Head sizes, rising; None takes 2 to 32.
        steps: Training steps; None takes the task's own number.
        seeds: Of parameters and sequences; 2 or more give intervals.
        ranks: Lengths N at which the smallest rank of attention scores is sought; may be empty.
        tolerance: Mean total variation that the attention of the smaller rank may be off by.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    items: tuple[int, ...] = (32, 64, 128, 256)
    sizes: tuple[int, ...] | None = None
    steps: int | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    ranks: tuple[int, ...] = (32, 64, 128, 256)
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if not (self.items or self.ranks):
            raise ValueError("items and ranks are both empty: name one length at least")
        if any(length < 2 for length in (*self.items, *self.ranks)):
            raise ValueError("items and ranks must be 2 or more")
        require_each_once(self, "seeds")
        if self.sizes is not None and (not self.sizes or min(self.sizes) < 1):
            raise ValueError("sizes must be 1 or more")
        if self.steps is not None and self.steps < 1:
            raise ValueError("steps must be 1 or more")
        if not 0 < self.tolerance < 1:
            raise ValueError("tolerance must lie between 0 and 1")


def label(request: Request) -> str:
    """Say what is measured."""
    return "attention heads"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each length that is trained, and for each whose rank is sought."""
    shared = Job("dimension_attention", VERSION, "recall", checkpoint_digest="", dataset_digest="")
    made = [
        replace(
            shared,
            seed=request.seeds[0],
            parameters={
                "items": length,
                "setting": "trained heads",
                "sizes": None if request.sizes is None else sorted(set(request.sizes)),
                "steps": request.steps,
                "seeds": list(request.seeds),
            },
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
            made.append(replace(shared, task="low rank", parameters=parameters))
    return made


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    return _trained(job, device, progress) if job.task == "recall" else _rank(job)


open_session = opening(_measure)


def _trained(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.dimension.attention import SIZES, Task, recall
    from evaluators.dimension.rows import grid_curves, threshold_scores

    given = job.parameters
    curve = recall(
        given["items"],
        sizes=given["sizes"] or SIZES,
        seeds=given["seeds"],
        task=Task() if given["steps"] is None else Task(steps=given["steps"]),
        device=device,
        progress=progress,
    )
    seeds = len(curve.accuracy)
    scores: list[Score] = []
    for level, found in sorted(curve.thresholds.items()):
        scores += threshold_scores(
            f"{level:.0%} of the way to recall", found, trials=seeds, last=float(curve.sizes[-1])
        )
    scores += [
        Score("chance", curve.chance, seeds),
        Score("inconclusive", float(curve.inconclusive is not None), seeds),
    ]
    mean = [sum(column) / seeds for column in zip(*curve.accuracy, strict=True)]
    half = [sum(column) / seeds for column in zip(*curve.accuracy_half, strict=True)]
    curves = {"accuracy": mean, "accuracy half way": half}
    cost = {"device": device or "cpu", "inconclusive": curve.inconclusive}
    return Result(tuple(scores), grid_curves(curve.sizes, curves), cost)


def _rank(job: Job) -> Result:
    from evaluators.dimension.attention import random_logits, smallest_rank

    given = job.parameters
    # At scale 2 a pointer gets nearly all of the attention, at 1 half of it.
    scale = 2.0
    logits = random_logits(given["pattern"], given["items"], scale, job.seed)
    found = smallest_rank(
        logits, tolerance=given["tolerance"], method=given["method"], seed=job.seed
    )
    named = {"criterion": f"attention within {given['tolerance']:g}", "scale": scale}
    metric = "n_star_beyond" if found.n is None else "n_star"
    value = float(found.largest if found.n is None else found.n)
    return Result((Score(metric, value, given["items"], named),), cost={"device": "cpu"})
