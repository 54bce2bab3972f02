"""Find how few dimensions keep a sentence similarity score, from curves in the store.

A curve of `sts` holds Spearman at every number of kept dimensions k up to the full d. A share is
taken of the score at d (`full`) and of the curve's largest (`best`). They are one question for raw
vectors and two after whitening: whitened on few sentences, the last directions are noise as loud as
the rest, the full score is a ruin, and 3 dimensions "keep" 95% of it.

Two k are given for each, because curves are not monotone:

- `first`: the smallest k whose score reaches it, which a lucky bump can make small;
- `stays`: the smallest k from which no later k falls below it. This is the headline: whoever keeps
  that many dimensions or more loses no more than that. None where the full score is below it.

N, the number of things to tell apart, is the number of distinct sentences scored. That the formula
then speaks about them at all is the hypothesis under test: it assumes random directions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from evaluators import tasks
from evaluators.digest import canonical_json
from evaluators.dimension.numeric_checks import at_least, finite_array
from evaluators.dimension.theory import PUBLISHED, smallest_dimension, validate_items
from evaluators.errors import ScoreError
from evaluators.evaluator import (
    DatasetRef,
    DigestOf,
    Evaluator,
    MeasuredCheckpoint,
    Session,
    known,
)
from evaluators.job import Job
from evaluators.result import Result, Score
from evaluators.sts.evaluator import Sts, StsRequest, VectorsRequest, with_prompts
from evaluators.sts.names import VERSION as STS_VERSION

Reference = Literal["full", "best"]
SHARES = (0.95, 0.99, 1.0)


def _similarity_tasks() -> tuple[str, ...]:
    return tasks.names("STS")


class DimensionKeptRequest(VectorsRequest):
    """The keys of an `evaluator: dimension_kept` entry in a plan.

    The plan must also evaluate `sts` with the same keys, in an earlier entry.

    Attributes:
        tasks: Sentence-pair tasks that are scored by Spearman.
        poolings: As for `sts`.
        whitening: As for `sts`.
        prompt: As for `sts`.
        max_length: As for `sts`.
        dtype: As for `sts`.
    """

    tasks: Annotated[tuple[str, ...], Field(min_length=1), known("task", _similarity_tasks)]


class StoredCurve(NamedTuple):
    """The curve in the store that a job reads.

    Attributes:
        start: k of the first value.
        values: Spearman at k = start, start + 1, …, d.
        sentences: Number of distinct scored sentences.
        digest: Content digest of the scored pairs.
    """

    start: int
    values: tuple[float, ...]
    sentences: int
    digest: str


class DimensionKept(Evaluator[DimensionKeptRequest]):
    """Loads no weights; the keys of its jobs depend on what makes the curves that they read."""

    VERSION = "1"
    Request = DimensionKeptRequest
    apart = Sts.apart

    def needs_checkpoint(self, request: DimensionKeptRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def request_for(
        self, request: DimensionKeptRequest, checkpoint: MeasuredCheckpoint
    ) -> DimensionKeptRequest:
        return with_prompts(request, checkpoint)

    def jobs(
        self, request: DimensionKeptRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each curve, with the parameters of the curve."""
        jobs = []
        for curve in Sts().jobs(StsRequest(**dict(request)), checkpoint_digest, digest_of):
            named = ("pooling", "whitening", "fit_digests", "prompt", "max_length")
            of_curve = {key: curve.parameters[key] for key in named}
            setting = f"{of_curve['pooling']}, whitening {of_curve['whitening']}"
            jobs.append(
                self.job(
                    curve.task,
                    {**of_curve, "setting": setting, "sts_version": STS_VERSION},
                    checkpoint_digest=checkpoint_digest,
                    dataset_digest=curve.dataset_digest,
                    dtype=curve.dtype,
                )
            )
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        curve: StoredCurve = session.load(curve_of(job), job.dataset_digest)
        result = kept_dimensions(curve.values, curve.sentences, start=curve.start)
        scores = [
            Score("score_full", result.full, curve.sentences),
            Score("score_best", result.best, curve.sentences, {"dimensions": result.best_k}),
            Score("score_at_rule", result.at_formula, curve.sentences),
        ]
        for level in result.levels:
            share_text = "all" if level.share == 1 else f"{level.share:.0%}"
            variant = {
                "criterion": f"{share_text} of the {level.reference} score",
                "first": level.first,
                "rule_is_enough": level.enough,
                "items": curve.sentences,
            }
            if level.stays is None:
                last = float(result.dimensions)
                scores.append(Score("n_star_beyond", last, curve.sentences, variant))
            else:
                scores.append(Score("n_star", float(level.stays), curve.sentences, variant))
        return Result(tuple(scores), cost={"device": "cpu"})


def curve_of(job: Job) -> DatasetRef:
    """Return the reference of a job's curve, a dataset of the kind `sts_curve`."""
    return DatasetRef(
        job.task,
        canonical_json(
            {
                "checkpoint_digest": job.checkpoint_digest,
                "dataset_digest": job.dataset_digest,
                "dtype": job.dtype,
                "parameters": dict(job.parameters),
            }
        ),
        kind="sts_curve",
    )


@dataclass(frozen=True)
class Level:
    """The dimensions that keep a share of a score.

    Attributes:
        reference: `full` or `best`: the score of which it is a share.
        share: 1 is all of it.
        target: The score to reach.
        first: Smallest k that reaches it.
        stays: Smallest k from which no later k falls below it; None where the last one does.
        first_coefficient: first / ln N, to compare with 8.33.
        stays_coefficient: stays / ln N, likewise.
        enough: Whether 8.33 ln N dimensions keep it: the score there (at the next whole k, or at d
            where that is smaller) is no lower than the target.
    """

    reference: Reference
    share: float
    target: float
    first: int
    stays: int | None
    first_coefficient: float
    stays_coefficient: float | None
    enough: bool


@dataclass(frozen=True)
class Kept:
    """Comparison of one curve with the formula.

    Attributes:
        items: N, distinct sentences.
        dimensions: d, the full number.
        full: Score at d.
        best: The largest score on the curve.
        best_k: The smallest k with the best score.
        formula: 8.33 ln N.
        formula_k: Smallest n that is ample by the exact formula; may exceed d.
        at_formula: Score at k = ceil(8.33 ln N), or at d where that is smaller.
        levels: One for each share of the full score, then one for each share of the best.
    """

    items: int
    dimensions: int
    full: float
    best: float
    best_k: int
    formula: float
    formula_k: int
    at_formula: float
    levels: tuple[Level, ...]


def kept_dimensions(
    values: ArrayLike, items: int, *, start: int = 1, shares: Sequence[float] = SHARES
) -> Kept:
    """Return how few dimensions keep each share of a curve's full and of its best score.

    Args:
        values: Score at k = start, start + 1, …, d; the last is the full score.
        items: N, the number of distinct sentences, 2 or more.
        start: k of the first value; no smaller k had a defined score.
        shares: Shares of the full and of the best score, in (0, 1].

    Raises:
        ScoreError: The curve has one point, a NaN, or is constant; its full score is not above 0,
            so that a share of it is meaningless; or N, start or a share is out of range.
    """
    curve = finite_array("scores", values, None)
    start = at_least("start", start, 1)
    log_items = math.log(validate_items(at_least("N", items, 2)))
    if curve.ndim != 1 or len(curve) < 2:
        raise ScoreError(f"a curve must have at least 2 values, got the shape {curve.shape}")
    full = float(curve[-1])
    if full <= 0:
        raise ScoreError(
            f"the full score is {full:.4g}: it must be above 0 for a share of it to mean something"
        )
    if curve.min() == curve.max():
        raise ScoreError(f"the curve is constant, {full:.4g} at every k: it must vary")
    if not shares or not all(0 < share <= 1 for share in shares):
        raise ScoreError(f"shares must be in (0, 1], got {tuple(shares)}")
    formula = PUBLISHED * log_items
    at_formula = float(curve[min(max(math.ceil(formula) - start, 0), len(curve) - 1)])
    best = int(curve.argmax())
    references: tuple[tuple[Reference, float], ...] = (("full", full), ("best", float(curve[best])))
    levels = tuple(
        _level(reference, share, share * score, curve, start, log_items, at_formula)
        for reference, score in references
        for share in shares
    )
    return Kept(
        items,
        start + len(curve) - 1,
        full,
        float(curve[best]),
        start + best,
        formula,
        smallest_dimension(items),
        at_formula,
        levels,
    )


def _level(
    reference: Reference,
    share: float,
    target: float,
    curve: NDArray[np.float64],
    start: int,
    log_items: float,
    at_formula: float,
) -> Level:
    first = start + int(np.argmax(curve >= target))
    below = np.flatnonzero(curve < target)
    stays: int | None = start + (int(below[-1]) + 1 if len(below) else 0)
    if curve[-1] < target:
        stays = None
    return Level(
        reference,
        share,
        target,
        first,
        stays,
        first / log_items,
        None if stays is None else stays / log_items,
        at_formula >= target,
    )
