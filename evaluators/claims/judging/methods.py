"""Which arm of an experiment or a CLUE task stands for a method, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from evaluators.claims.judging.arms import arms_in, differences
from evaluators.claims.judging.claim import NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval

PLAIN = "plain"
ACCURACY = "accuracy"


class Pair(NamedTuple):
    """An arm and what it is compared with."""

    arm: str
    base: str


def rows_of(*evaluators: str, metrics: tuple[str, ...] = (ACCURACY,)) -> RowsOf:
    """Return the rows of experiments, one group a task, setting, checkpoint and training set."""
    return RowsOf(
        "arm_scores",
        by=("task", "setting", "checkpoint", "trained_on"),
        among={"evaluator": evaluators, "metric": metrics},
    )


def method_pair(evidence: RowEvidence, metric: str, method: str, *, asked: str = "") -> Pair:
    """Return the arm of a way of training, and plain training with the same head.

    Args:
        evidence: Rows of one setting. An arm is `method (options)/head/post`, options left out
            where they are the usual ones.
        metric: That both need.
        method: Name of the method.
        asked: What the usual options say, `alpha 4.0`, which others must say too.

    Raises:
        NotTestable: There is no such arm, or none without the method.
    """

    def is_it(arm: str) -> str | None:
        words, _, rest = arm.partition("/")
        name, _, options = words.removesuffix(")").partition(" (")
        if name != method or (options and asked and asked not in options.split(", ")):
            return None
        return f"{PLAIN}/{rest}" if rest else PLAIN

    return _pair(evidence, metric, is_it, method)


def method_gain(evidence: RowEvidence, metric: str, pair: Pair) -> Interval:
    """Return what a way of training adds, in points, paired by seed.

    Raises:
        NotTestable: Too few seeds are common, or the two are equal in every seed.
    """
    found = differences(evidence, metric, pair.arm, pair.base)
    if not any(found):
        raise NotTestable(
            f"{pair.arm} and {pair.base} are equal to the last digit in all {len(found)} seeds:"
            " nothing was learned, or too little for the two to part"
        )
    return mean_interval(found)


def post_pair(evidence: RowEvidence, metric: str, post: str) -> Pair:
    """Return the arm with a post-processing, and the same predictions without it.

    Raises:
        NotTestable: There is no such arm.
    """

    def is_it(arm: str) -> str | None:
        base, _, last = arm.rpartition("/")
        return base if last == post else None

    return _pair(evidence, metric, is_it, post)


def _pair(
    evidence: RowEvidence, metric: str, is_it: Callable[[str], str | None], what: str
) -> Pair:
    arms = arms_in(evidence, metric)
    pairs = [Pair(arm, base) for arm in arms if (base := is_it(arm)) in arms and base is not None]
    if not pairs:
        raise NotTestable(f"no {what} beside the same without it in {metric}: {', '.join(arms)}")
    # Plain training first, then what has least besides.
    return min(pairs, key=lambda pair: (not pair.base.startswith(PLAIN), len(pair.arm), pair.arm))
