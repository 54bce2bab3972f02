"""Experiment E2: skip-gram word vectors of a corpus, held-out cross-entropy against dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import PlainSession

if TYPE_CHECKING:
    from evaluators.dimension.words import Tokens, WordCurve

VERSION = "1"
SOURCES = ("dimension", "statistics.py")
OBJECTIVES = ("softmax", "negative")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: dimension_words` entry in a plan.

    Attributes:
        corpora: `python-docstrings`, which every Python brings, or names of files in
            RANKCHECK_CORPORA.
        items: Sizes of the vocabulary N.
        dimensions: Grid of n, at most N; None takes 4 to 128. The rule's n is added.
        objective: `softmax`, or `negative` for negative sampling.
        seeds: Each draws a split of the corpus and first vectors; 2 or more give intervals.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    corpora: tuple[str, ...] = ("python-docstrings",)
    items: tuple[int, ...] = (100, 300, 1000)
    dimensions: tuple[int, ...] | None = None
    objective: str = "softmax"
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        require_known("objective", [self.objective], OBJECTIVES)
        for key in ("corpora", "items", "seeds"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty: name at least one")
        if any(items < 2 for items in self.items):
            raise ValueError("items must be 2 or more: one word is told apart from nothing")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds repeat: each stands for a split of its own")
        if self.dimensions is not None and not (
            self.dimensions and 1 <= min(self.dimensions) <= max(self.dimensions) <= min(self.items)
        ):
            raise ValueError(f"dimensions must be numbers between 1 and {min(self.items)}")


def needs_checkpoint(request: Request) -> bool:
    """The vectors are trained here."""
    return False


def label(request: Request) -> str:
    """Name the corpora."""
    return ", ".join(request.corpora)


def parts(request: Request) -> list[Request]:
    """Return one request a corpus: each may be missing."""
    return [replace(request, corpora=(corpus,)) for corpus in request.corpora]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each corpus and vocabulary."""
    dimensions = None if request.dimensions is None else sorted(set(request.dimensions))
    return [
        Job(
            evaluator="dimension_words",
            evaluator_version=VERSION,
            task=corpus,
            checkpoint_digest="",
            dataset_digest=digest_of(_corpus(corpus)),
            parameters={
                "subject": corpus,
                "items": items,
                "objective": request.objective,
                "setting": request.objective,
                "dimensions": dimensions,
                "seeds": list(request.seeds),
            },
            seed=request.seeds[0],
        )
        for corpus in request.corpora
        for items in request.items
    ]


def _corpus(name: str) -> DatasetRef:
    return DatasetRef(name, kind="corpus")


def dataset_of(job: Job) -> DatasetRef:
    """Return the corpus."""
    return _corpus(job.task)


def session_key(job: Job) -> str:
    """Jobs on one corpus read it once."""
    return job.task


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> PlainSession:
    """Prepare to read the corpus once."""

    @lru_cache(maxsize=1)
    def tokens_of(name: str, digest: str) -> Tokens:
        from evaluators.dimension.words import read_tokens

        corpus = load(_corpus(name))
        if corpus.digest != digest:
            raise DatasetError(f"{name} changed after the plan was expanded: run it again")
        return read_tokens(corpus.documents)

    def run(job: Job) -> Result:
        from evaluators.dimension.words import Objective, sweep

        given = job.parameters
        curve = sweep(
            tokens_of(job.task, job.dataset_digest),
            given["items"],
            ns=given["dimensions"],
            seeds=given["seeds"],
            objective=Objective(given["objective"]),
            device=device,
            progress=progress,
        )
        return _result(curve, device)

    return PlainSession(run)


def _result(curve: WordCurve, device: str | None) -> Result:
    from evaluators.dimension.rows import grid_curves, threshold_scores

    seeds = len(curve.shares)
    trials = round(curve.pairs[2])
    scores: list[Score] = []
    for level, found in sorted(curve.thresholds.items()):
        scores += threshold_scores(
            f"{level:.0%} of the gain", found, trials=trials, last=float(curve.ns[-1])
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
