"""One arm of one dataset: the curve over dimensions, the headline scores, their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.result import Curve, Score
from evaluators.sts.bootstrap import Resamples, interval
from evaluators.sts.bootstrap_pearson import resampled_pearson
from evaluators.sts.cosine import prefix_cosines
from evaluators.sts.pairs import Pairs
from evaluators.sts.spearman import pearson, spearman, spearman_or_nan

Floats = NDArray[np.float64]


class Bootstrap(NamedTuple):
    """How intervals are made; no resamples, no intervals."""

    resamples: int
    confidence: float
    seed: int


class Scored(NamedTuple):
    """Everything measured on one arm; `similarities` are the cosines on all dimensions."""

    scores: tuple[Score, ...]
    curve: Curve
    similarities: Floats


def score_pairs(
    pairs: Pairs, columns: Floats, dimensions: Sequence[int], bootstrap: Bootstrap
) -> Scored:
    """Score vectors at every number of dimensions, and in full at some.

    Args:
        pairs: The dataset.
        columns: Vectors of `pairs.used` as columns, one row a dimension, shape (d, m).
        dimensions: Numbers of dimensions that get headline scores; d always does.
        bootstrap: How intervals are made.

    Raises:
        ScoreError: A similarity is constant at a headline dimension, or in a subset.
    """
    width = len(columns)
    headline = {k for k in dimensions if k < width} | {width}
    values = np.empty(width)
    kept: dict[int, Floats] = {}
    for start, cosines in prefix_cosines(columns, pairs.first, pairs.second):
        values[start - 1 : start - 1 + len(cosines)] = spearman_or_nan(cosines, pairs.gold)
        for k in headline.intersection(range(start, start + len(cosines))):
            kept[k] = cosines[k - start].copy()
    scores = [score for k in sorted(headline) for score in _headline(pairs, kept[k], k, bootstrap)]
    return Scored(tuple(scores), _curve(values), kept[width])


def _curve(values: Floats) -> Curve:
    """Begin the curve where Spearman is defined: at k = 1 all cosines may have one sign."""
    defined = np.flatnonzero(np.isfinite(values))
    start = int(defined[0]) if len(defined) else 0
    if not np.isfinite(values[start:]).all():
        raise ScoreError("similarities are constant at some number of dimensions")
    return Curve("spearman", "k", start + 1, tuple(values[start:].tolist()))


def _headline(pairs: Pairs, cosines: Floats, k: int, bootstrap: Bootstrap) -> list[Score]:
    gold, n = pairs.dataset.gold, len(pairs.dataset)
    variant = {"k": k, "aggregate": "all"}
    scores = []
    for metric, compute, again in (
        ("spearman", spearman, Resamples.spearman),
        ("pearson", pearson, resampled_pearson),
    ):
        ends = None
        if bootstrap.resamples:
            resamples = pairs.resamples(bootstrap.resamples, bootstrap.seed)
            ends = interval(again(resamples, cosines), bootstrap.confidence)
        low, high = ends if ends else (None, None)
        scores.append(Score(metric, float(compute(cosines, gold)), n, variant, low, high))
    return scores + _subsets(pairs, cosines, k)


def _subsets(pairs: Pairs, cosines: Floats, k: int) -> list[Score]:
    """Return SentEval's aggregates: each subset, their mean, and their mean weighted by size."""
    if not pairs.subsets:
        return []
    values, sizes = [], []
    for name, index in pairs.subsets.items():
        try:
            values.append(float(spearman(cosines[index], pairs.dataset.gold[index])))
        except ScoreError as error:
            raise ScoreError(f"subset {name!r} of {pairs.dataset.task}: {error}") from error
        sizes.append(len(index))
    n = sum(sizes)
    each: list[tuple[float, int, dict[str, Any]]] = [
        (float(np.mean(values)), n, {"aggregate": "mean"}),
        (float(np.average(values, weights=sizes)), n, {"aggregate": "wmean"}),
    ]
    each += [
        (value, size, {"aggregate": "subset", "subset": name})
        for name, value, size in zip(pairs.subsets, values, sizes, strict=True)
    ]
    return [Score("spearman", value, size, {"k": k, **variant}) for value, size, variant in each]
