"""Train skip-gram word vectors of a corpus, and measure their cross-entropy against n (E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from evaluators.evaluator import Count, DatasetRef, DigestOf, Evaluator, Request, Seeds, Session
from evaluators.job import Job
from evaluators.result import Result, Score

if TYPE_CHECKING:
    from evaluators.dimension_words.counting import Tokens
    from evaluators.dimension_words.word_curve import WordCurve


class DimensionWordsRequest(Request):
    """The keys of an `evaluator: dimension_words` entry in a plan.

    Attributes:
        corpora: `python-docstrings`, which come with every Python, or names of files in
            RANKCHECK_CORPORA.
        items: Sizes of the vocabulary N, each at least 2.
        dimensions: Grid of n, at most N; None takes 4 to 128. The rule's n is added.
        objective: `softmax`, or `negative` for negative sampling.
        seeds: Seeds of the split of the corpus and of initial vectors; 2 or more give intervals.
    """

    corpora: Annotated[tuple[str, ...], Field(min_length=1)] = ("python-docstrings",)
    items: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)] = (
        100, 300, 1000,
    )  # fmt: skip
    dimensions: Annotated[tuple[Count, ...], Field(min_length=1)] | None = None
    objective: Literal["softmax", "negative"] = "softmax"
    seeds: Seeds = (0, 1, 2)

    @model_validator(mode="after")
    def _dimensions_within_the_vocabulary(self) -> DimensionWordsRequest:
        if self.dimensions is not None and max(self.dimensions) > min(self.items):
            raise ValueError(
                f"dimensions must be at most the smallest of items, {min(self.items)},"
                f" got {max(self.dimensions)}"
            )
        return self


class DimensionWords(Evaluator[DimensionWordsRequest]):
    """Reads each corpus once, and trains every n of one vocabulary on it."""

    VERSION = "1"
    Request = DimensionWordsRequest
    apart = ("corpora",)

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, kind="corpus")

    def session_key(self, job: Job) -> str:
        """Return the corpus, so that jobs on one corpus read it once."""
        return job.task

    def jobs(
        self, request: DimensionWordsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each corpus and vocabulary."""
        dimensions = None if request.dimensions is None else sorted(set(request.dimensions))
        return [
            self.job(
                corpus,
                {
                    "subject": corpus,
                    "items": items,
                    "objective": request.objective,
                    "setting": request.objective,
                    "dimensions": dimensions,
                    "seeds": list(request.seeds),
                },
                dataset_digest=digest_of(DatasetRef(corpus, kind="corpus")),
                seed=request.seeds[0],
            )
            for corpus in request.corpora
            for items in request.items
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.dimension_words.objective import Objective
        from evaluators.dimension_words.word_curve import sweep

        params = job.parameters
        curve = sweep(
            session.share((job.task, job.dataset_digest), lambda: self._read(job, session)),
            params["items"],
            ns=params["dimensions"],
            seeds=params["seeds"],
            objective=Objective(params["objective"]),
            device=session.device,
            progress=session.progress,
        )
        return _result(curve, session.device)

    def _read(self, job: Job, session: Session) -> Tokens:
        from evaluators.dimension_words.counting import read_tokens

        return read_tokens(session.load(self.dataset_of(job), job.dataset_digest).documents)


def _result(curve: WordCurve, device: str | None) -> Result:
    from evaluators.dimension.law_rows import grid_curves, threshold_scores

    seeds = len(curve.shares)
    trials = round(curve.pairs[2])
    scores: list[Score] = []
    for level, threshold in sorted(curve.thresholds.items()):
        scores += threshold_scores(
            f"{level:.0%} of the gain", threshold, trials=trials, last=float(curve.ns[-1])
        )
    at = {"dimensions": curve.rule_n}
    scores += [
        Score("loss_at_rule", sum(curve.rule_loss) / seeds, trials, {**at, "aggregate": "mean"}),
        *(
            Score("loss_at_rule", v, trials, {**at, "seed": i})
            for i, v in enumerate(curve.rule_loss)
        ),
        Score("unigram_cross_entropy", sum(curve.unigram) / seeds, trials, {"aggregate": "mean"}),
        Score("still_rising", float(curve.still_rising), trials),
        Score("coverage", curve.coverage, trials),
    ]
    share = [sum(column) / seeds for column in zip(*curve.shares, strict=True)]
    losses = [sum(fit.test) / seeds for fit in curve.fits]
    curves = {"share of the gain": share, "cross_entropy": losses}
    return Result(tuple(scores), grid_curves(curve.ns, curves), {"device": device or "cpu"})
