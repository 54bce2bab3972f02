"""From a difference with its interval to a verdict."""

from __future__ import annotations

from evaluators.claims.judging.claim import Finding, Word
from evaluators.statistics import Interval


def beyond(found: Interval, margin: float, *, above: float = 0.0) -> Word:
    """Say whether a difference is above a number; one that is surely below the margin is none.

    Args:
        found: The difference.
        margin: What is a difference worth the name.
        above: What it is held against.
    """
    low, high = found.ends
    if high < margin:
        return "refuted"
    return "holds" if low > above else "inconclusive"


def sign(found: Interval) -> Word:
    """Say whether a number is above 0 (holds) or below (refuted)."""
    low, high = found.ends
    if low > 0:
        return "holds"
    return "refuted" if high < 0 else "inconclusive"


def decided(found: Interval, word: Word, detail: str, *, threshold: float = 0.0) -> Finding:
    """Return what a judge says whose number is one difference.

    Args:
        found: The difference.
        word: The verdict.
        detail: One sentence for people.
        threshold: What the difference was compared with.
    """
    return Finding(
        word,
        detail,
        statistic=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        threshold=threshold,
    )
