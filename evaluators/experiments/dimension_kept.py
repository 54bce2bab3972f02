"""Find how few dimensions keep a sentence similarity score, from curves in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from evaluators.digest import canonical_json
from evaluators.dimension.kept import kept_dimensions
from evaluators.evaluator import DatasetRef, Evaluator, Session
from evaluators.job import Job
from evaluators.result import Result, Score
from evaluators.sts import VERSION as STS_VERSION
from evaluators.sts.evaluator import Sts, StsRequest, VectorsRequest


class DimensionKeptRequest(VectorsRequest):
    """The keys of an `evaluator: dimension_kept` entry in a plan.

    Its plan also evaluates `sts` with the same keys, further up.

    Attributes:
        tasks: Sentence-pair tasks.
        poolings: As for `sts`.
        whitening: As for `sts`.
        prompt: As for `sts`.
        max_length: As for `sts`.
        dtype: As for `sts`.
    """


class StoredCurve(NamedTuple):
    """What a job reads, from the store.

    Attributes:
        start: k of the first value.
        values: Spearman at k = start, start + 1, …, d.
        sentences: Distinct sentences that were scored.
        digest: Content digest of the scored pairs.
    """

    start: int
    values: tuple[float, ...]
    sentences: int
    digest: str


class DimensionKept(Evaluator[DimensionKeptRequest]):
    """Loads no weights: its jobs are named by what makes the curves they read."""

    VERSION = "1"
    SOURCES = ("dimension", "statistics.py")
    Request = DimensionKeptRequest
    apart = Sts.apart

    def needs_checkpoint(self, request: DimensionKeptRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def jobs(
        self,
        request: DimensionKeptRequest,
        checkpoint_digest: str,
        digest_of: Callable[[DatasetRef], str],
    ) -> list[Job]:
        """Return one job for each curve; what makes the curve makes the job."""
        made = []
        for curve in Sts().jobs(StsRequest(**dict(request)), checkpoint_digest, digest_of):
            named = ("pooling", "whitening", "fit_digests", "prompt", "max_length")
            of_curve = {key: curve.parameters[key] for key in named}
            setting = f"{of_curve['pooling']}, whitening {of_curve['whitening']}"
            made.append(
                self.job(
                    curve.task,
                    {**of_curve, "setting": setting, "sts_version": STS_VERSION},
                    checkpoint_digest=checkpoint_digest,
                    dataset_digest=curve.dataset_digest,
                    dtype=curve.dtype,
                )
            )
        return made

    def evaluate(self, job: Job, session: Session) -> Result:
        curve: StoredCurve = session.load(curve_of(job))
        found = kept_dimensions(curve.values, curve.sentences, start=curve.start)
        scores = [
            Score("score_full", found.full, curve.sentences),
            Score("score_best", found.best, curve.sentences, {"dimensions": found.best_k}),
            Score("score_at_rule", found.at_formula, curve.sentences),
        ]
        for level in found.levels:
            kept = "all" if level.share == 1 else f"{level.share:.0%}"
            variant = {
                "criterion": f"{kept} of the {level.reference} score",
                "first": level.first,
                "rule_is_enough": level.enough,
                "items": curve.sentences,
            }
            if level.stays is None:
                last = float(found.dimensions)
                scores.append(Score("n_star_beyond", last, curve.sentences, variant))
            else:
                scores.append(Score("n_star", float(level.stays), curve.sentences, variant))
        return Result(tuple(scores), cost={"device": "cpu"})


def curve_of(job: Job) -> DatasetRef:
    """Return what names a job's curve: all that makes it, as the kind of dataset `sts_curve`."""
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
