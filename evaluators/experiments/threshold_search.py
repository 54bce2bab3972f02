"""Compare the published search for a threshold with the exact one, on random similarities."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import DigestOf, Distinct, Evaluator, Request, Session
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.trainer.threshold import METRICS, SEARCHES, worth_at

Spread = Literal["wide", "crowded"]
NEW_PAIRS = 10_000
"""Number of new pairs on which a threshold is tested."""


class ThresholdSearchRequest(Request):
    """The keys of an `evaluator: threshold_search` entry in a plan.

    Attributes:
        cases: Number of random cases of each kind, at least 2; each has its own seed.
        pairs: Numbers of pairs that a threshold is fitted on, each at least 10; each is a setting.
        spreads: Distributions of cosines: `wide`, all over −1…1, or `crowded` near 1.
    """

    cases: Annotated[int, Field(ge=2)] = 200
    pairs: Distinct[Annotated[int, Field(ge=10)]] = (1000,)
    spreads: Distinct[Spread] = ("wide", "crowded")


class ThresholdSearch(Evaluator[ThresholdSearchRequest]):
    """The arms are the searches; the seeds are random cases."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("cases",)
    Request = ThresholdSearchRequest

    def jobs(
        self, request: ThresholdSearchRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each spread and number of pairs."""
        return [
            self.job("threshold search", {"spread": spread, "pairs": pairs, "cases": request.cases})
            for spread in request.spreads
            for pairs in sorted(request.pairs)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        report = stage_progress(session.progress, f"thresholds, {job.parameters['spread']}")
        return compare(**job.parameters, report=report)


def compare(spread: Spread, pairs: int, cases: int, report: Report | None = None) -> Result:
    """Return the scores of each search's threshold in each case.

    `accuracy` and `f1` are on the pairs that it was fitted on, `accuracy_new` and `f1_new` on
    10,000 new pairs of the same distribution.
    """
    scores = ArmScores(f"{pairs} pairs, {spread} cosines")
    for seed in range(cases):
        if report is not None and seed % 20 == 0:
            report(seed, cases)
        case = draw(spread, pairs, seed)
        for arm, search in SEARCHES.items():
            for metric in METRICS:
                threshold = search(case.scores, case.labels, metric)
                new = worth_at(case.new_scores, case.new_labels, threshold.value, metric)
                scores.add(metric, threshold.score, pairs, arm=arm, seed=seed)
                scores.add(f"{metric}_new", new, NEW_PAIRS, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


class Case(NamedTuple):
    """Similarities of labelled pairs.

    Attributes:
        scores: Similarities for the search, (n,), in −1…1.
        labels: (n,).
        new_scores: Similarities for the test, (10,000,).
        new_labels: (10,000,).
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.bool_]
    new_scores: NDArray[np.float64]
    new_labels: NDArray[np.bool_]


def draw(spread: Spread, pairs: int, seed: int) -> Case:
    """Draw a case, with random share of positives, location, distance and noise.

    Args:
        spread: `wide`: tanh of normal numbers, all over −1…1, as of trained encoders; `crowded`:
            near 1, as of an encoder without training (anisotropy).
        pairs: Number of pairs for the search.
        seed: Seed of everything.
    """
    rng = np.random.default_rng(seed)
    share, location = rng.uniform(0.2, 0.6), rng.uniform(0, 1)
    distance, noise = rng.uniform(0.2, 1.5), rng.uniform(0.2, 0.8)

    def sample(n: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        labels = rng.random(n) < share
        depth = distance * labels + noise * rng.normal(size=n)
        if spread == "wide":
            return np.tanh(1.5 * location - 0.5 + depth), labels
        crowded = np.maximum(1 - np.exp(-1 - 3 * location - depth), -1.0)
        return np.asarray(crowded, dtype=np.float64), labels

    return Case(*sample(pairs), *sample(NEW_PAIRS))
