"""Claims on SimSiam: are the features of its networks spread out, or collapsed to a point?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import mean_of, swept
from evaluators.statistics import Interval

SPREAD, VARIATION, NEIGHBOURS = "spread", "variation", "knn"
SIMSIAM, NO_STOP, NO_PREDICTOR = "SimSiam", "no stop-gradient", "no predictor"
AVERAGE = "mean augmentation"
SPEED = "predictor speed"

COLLAPSED, HEALTHY = 0.1, 0.5
"""Collapse numbers below and above which features have collapsed, and are spread out."""

IN_WORDS = (
    " The collapse number is the deviation of each coordinate of the features of new images at"
    " length 1, averaged, times √d: 0 for a point, 1 for a sphere. An arm is spread out where the"
    f" mean over seeds is above {HEALTHY:g} by a t-test at 5%, and has collapsed where it is"
    f" below {COLLAPSED:g} by such a test."
)


def collapse_rows(*optimisers: str) -> RowsOf:
    """Return the rows of networks by optimiser, and by whether they are normalised."""
    tasks = tuple(f"{data}, {name}, *" for data in ("digits", "cifar10") for name in optimisers)
    among = {
        "evaluator": ("simsiam", "simsiam_cifar10"),
        "task": tasks,
        "metric": (SPREAD, VARIATION, NEIGHBOURS),
    }
    return RowsOf("arm_scores", by=("task",), among=among)


def numbers(evidence: RowEvidence, arm: str, metric: str = SPREAD) -> Mapping[float, Interval]:
    """Return the mean over seeds of an arm by the predictor's speed.

    Raises:
        NotTestable: It was not measured, or with too few seeds.
    """
    found = swept(evidence, metric, arm, SPEED)
    return {speed: mean_of(values) for speed, values in found.items()}


def state(found: Interval, look: int = 1, tests: int = 1) -> str:
    """Return `spread`, `collapsed` or `between` of the mean of an arm.

    Args:
        found: The mean over seeds.
        look: As `RowEvidence.look`.
        tests: How many arms share the 5%.
    """
    above = rules.side(_less(found, HEALTHY), look=look)
    below = rules.side(_less(found, COLLAPSED), look=look)
    if above.word == "holds" and tests * above.p_value <= rules.ALPHA:
        return "spread"
    if below.word == "refuted" and tests * below.p_value <= rules.ALPHA:
        return "collapsed"
    return "between"


def _less(found: Interval, number: float) -> Interval:
    low, high = found.ends
    return found._replace(estimate=found.estimate - number, low=low - number, high=high - number)


def made_up_spreads(
    arms: Mapping[str, Mapping[float, float]], *, noise: float = 0.01, optimiser: str = "SGD"
) -> list[Mapping[str, Any]]:
    """Return rows of arms about these collapse numbers by speed, for controls."""
    from evaluators.claims.judging.trends import sweep_rows

    rows: list[Mapping[str, Any]] = []
    for metric in (SPREAD, VARIATION, NEIGHBOURS):
        rows += sweep_rows(
            arms, name=SPEED, metric=metric, noise=noise, prefix=f"digits, {optimiser}"
        )
    return rows


def in_words(arms: Mapping[str, Interval]) -> str:
    """Return the mean collapse number of each arm, for people."""
    said: Sequence[str] = [f"{arm} {found.estimate:.3f}" for arm, found in arms.items()]
    return ", ".join(said)
