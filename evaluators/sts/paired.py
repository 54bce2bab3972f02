"""Two score vectors on the same pairs: the difference of their correlations, paired by pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE, Difference, resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples, interval, ratio
from evaluators.sts.spearman import pearson, spearman

Floats = NDArray[np.float64]
Correlation = Literal["spearman", "pearson"]

METRICS: tuple[Correlation, ...] = ("spearman", "pearson")
RESAMPLES = 2000
_CELLS = 1 << 19  # counts of this many pairs at once: some megabytes, whatever n is


def difference(
    arm: Floats,
    base: Floats,
    gold: Floats,
    *,
    rng: np.random.Generator,
    metric: Correlation = "spearman",
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference of two correlations with its 95% percentile bootstrap interval.

    Pairs are drawn with replacement, the same ones for both sides, and every resample is ranked
    anew, exactly (`evaluators.sts.bootstrap`).

    Args:
        arm: Similarities, shape (n,).
        base: Similarities of the same pairs, shape (n,).
        gold: Gold similarities, shape (n,).
        rng: Draws the resamples.
        metric: Which correlation.
        resamples: How many.

    Raises:
        ScoreError: The shapes differ, a side is constant, NaN or infinite, or there are too few
            pairs: more than 5% of the resamples hold one value only.
    """
    n = len(gold)
    if not arm.shape == base.shape == gold.shape == (n,):
        raise ScoreError(
            f"{arm.shape} and {base.shape} similarities for {gold.shape} gold values cannot be"
            " paired: score both on the same pairs"
        )
    whole, again = _WAYS[metric]
    left, right = float(whole(arm, gold)), float(whole(base, gold))
    block = max(1, _CELLS // n)
    found = []
    for start in range(0, resamples, block):
        counts = resample_counts(rng, n, min(block, resamples - start), COUNT)
        drawn = Resamples(gold, counts)
        found.append(again(drawn, arm) - again(drawn, base))
    ends = interval(np.concatenate(found), CONFIDENCE)
    if ends is None:
        raise ScoreError(
            f"{n} pairs are too few for an interval: more than 5% of the resamples hold one value"
            " only"
        )
    return Difference(left, right, left - right, *ends)


def _pearson(drawn: Resamples, scores: Floats) -> Floats:
    """Return Pearson's correlation in each resample; without torch, which a page may not load."""
    x, y = scores - scores.mean(), drawn.gold - drawn.gold.mean()
    columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
    x1, y1, xx, yy, xy = (drawn.counts.astype(np.float64) @ columns / len(scores)).T
    return ratio(xy - x1 * y1, (xx - x1 * x1).clip(0) * (yy - y1 * y1).clip(0))


_WAYS: dict[
    str, tuple[Callable[[Floats, Floats], Floats], Callable[[Resamples, Floats], Floats]]
] = {"spearman": (spearman, Resamples.spearman), "pearson": (pearson, _pearson)}
