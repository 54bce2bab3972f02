"""Pearson's correlation in the resamples of Spearman's; apart, as its products need torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.sts.bootstrap import Resamples, parts, ratio
from evaluators.sts.linear import product

Floats = NDArray[np.float64]


def resampled_pearson(resamples: Resamples, scores: Floats) -> Floats:
    """Return Pearson's correlation of `scores` with the gold in each resample.

    Args and returns are those of `Resamples.spearman`.
    """
    counts = resamples.counts
    x, y = scores - scores.mean(), resamples.gold - resamples.gold.mean()
    columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
    sums = np.concatenate([product(counts[part], columns) for part in parts(counts)])
    x1, y1, xx, yy, xy = (sums / len(scores)).T
    return ratio(xy - x1 * y1, (xx - x1 * x1).clip(0) * (yy - y1 * y1).clip(0))
