"""From a difference with its interval to a verdict."""

from __future__ import annotations

from evaluators.claims.judging.claim import Finding, Word
from evaluators.contrastive.intervals import Interval


def beyond(found: Interval, margin: float, *, above: float = 0.0) -> Word:
    """Say whether a difference is above a number; one that is surely below the margin is none.

    Args:
        found: The difference.
        margin: What is a difference worth the name.
        above: What it is held against.
    """
    low, high = ends(found)
    if high < margin:
        return "refuted"
    return "holds" if low > above else "inconclusive"


def sign(found: Interval) -> Word:
    """Say whether a number is above 0 (holds) or below (refuted)."""
    low, high = ends(found)
    if low > 0:
        return "holds"
    return "refuted" if high < 0 else "inconclusive"


def ends(found: Interval) -> tuple[float, float]:
    """Return the ends of an interval that has them."""
    assert found.low is not None  # noqa: S101 - judges take three seeds or more
    assert found.high is not None  # noqa: S101
    return found.low, found.high


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
        statistic=found.mean,
        ci_low=found.low,
        ci_high=found.high,
        threshold=threshold,
    )
