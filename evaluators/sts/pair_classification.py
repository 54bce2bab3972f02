"""Score pairs of two classes with MTEB's metrics: average precision, and the best threshold's.

A threshold that is chosen on the pairs it is scored on does better there than on others. By how
much is estimated as Efron and Tibshirani do ("An Introduction to the Bootstrap" 1993, 17.6): the
threshold of each bootstrap resample is applied to all pairs, and the mean loss is the optimism.
The percentile interval is moved down by it (Noma and others 2021, "Confidence intervals of
prediction accuracy measures for multivariable prediction models based on the bootstrap-based
optimism correction methods"), and so speaks about new pairs
(docs/reports/pair-classification.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError, ScoreError
from evaluators.result import Curve, Score
from evaluators.statistics import resample_counts
from evaluators.sts import thresholds
from evaluators.sts.bootstrap import COUNT, interval
from evaluators.sts.dependence import stretch
from evaluators.sts.prefix_similarities import SIMILARITIES
from evaluators.sts.score import Bootstrap, Pairs, Scored
from evaluators.sts.thresholds import Above, ByFalling

Floats = NDArray[np.float64]

_DISTANCES = ("manhattan", "euclidean")
_PAIRS_AT_ONCE = 1 << 17  # pairs of a block of resamples: a few megabytes, whatever n is


class _Best(NamedTuple):
    """A metric of the best threshold: its value at every threshold, and each pair's influence."""

    values: Callable[[Above], Floats]
    influence: Callable[[ByFalling, int], Floats]


_BEST = {
    "accuracy": _Best(thresholds.accuracies, thresholds.accuracy_influence),
    "f1": _Best(thresholds.f1s, thresholds.f1_influence),
}


def check_classes(dataset: PairDataset) -> None:
    """Validate that pairs have two classes.

    Raises:
        DatasetError: A label is neither 0 nor 1, or all are the same; names the first such row.
    """
    name = f"{dataset.task}/{dataset.split}" + (f" ({dataset.source})" if dataset.source else "")
    others = np.flatnonzero((dataset.gold != 0) & (dataset.gold != 1))
    if len(others):
        row = int(others[0])
        raise DatasetError(
            f"{name}: the label of row {row} must be 0 or 1, got {dataset.gold[row]:g}: score"
            " graded pairs as STS"
        )
    if dataset.gold.min() == dataset.gold.max():
        raise DatasetError(
            f"{name}: all {len(dataset)} labels are {dataset.gold[0]:g}: a threshold needs pairs of"
            " two classes"
        )


def classify_pairs(
    pairs: Pairs, columns: Floats, dimensions: Sequence[int], bootstrap: Bootstrap
) -> Scored:
    """Score vectors under every similarity and number of dimensions, with intervals at some.

    Args:
        pairs: The dataset, whose gold is 0 or 1.
        columns: Vectors of `pairs.used` as columns, shape (d, m).
        dimensions: Numbers of dimensions that get headline scores; d always does.
        bootstrap: Settings of the intervals.

    Raises:
        ScoreError: All similarities are equal at a headline dimension.
    """
    width = len(columns)
    headline = {k for k in dimensions if k < width} | {width}
    curves = []
    similarities: dict[int, dict[str, Floats]] = {k: {} for k in sorted(headline)}
    for name, prefixes in SIMILARITIES.items():
        values = np.empty(width)
        for start, block in prefixes(columns, pairs.first, pairs.second):
            for k, row in enumerate(block, start):
                by = thresholds.by_falling(row, pairs.dataset.gold)
                values[k - 1] = thresholds.average_precision(thresholds.above(by))[0]
                if k in headline:
                    similarities[k][name] = row.copy()
        curves.append(Curve("ap", "k", 1, tuple(values.tolist()), {"similarity": name}))
    scores = [
        score
        for k, by_name in similarities.items()
        for score in _headline(pairs, by_name, k, bootstrap)
    ]
    cosines = {k: by_name["cosine"] for k, by_name in similarities.items()}
    return Scored(tuple(scores), tuple(curves), cosines)


class _Measured(NamedTuple):
    """A metric under each similarity, and in each resample.

    Attributes:
        value: Shape (similarities,).
        place: Number of the run above the best threshold, shape (similarities,); 0 for `ap`.
        replicates: NaN in resamples of one class, shape (similarities, resamples).
        on_all: Value on all pairs at each resample's threshold, of that shape; `replicates` for
            `ap`, which chooses none.
    """

    value: Floats
    place: NDArray[np.intp]
    replicates: Floats
    on_all: Floats


class _Interval(NamedTuple):
    """The ends of an interval, and what it was moved down by; None without resamples."""

    low: float | None = None
    high: float | None = None
    optimism: float | None = None


_NONE = _Interval()


def _headline(
    pairs: Pairs, similarities: dict[str, Floats], k: int, bootstrap: Bootstrap
) -> list[Score]:
    gold, n = pairs.dataset.gold, len(pairs.dataset)
    by_name = {name: thresholds.by_falling(row, gold) for name, row in similarities.items()}
    for name, by in by_name.items():
        if len(by.ends) < 2:
            raise ScoreError(
                f"all {name} similarities are {by.similarity[0]:g} at {k} dimensions: no threshold"
                " lies between two of them"
            )
    scores: list[Score] = []

    def add(metric: str, value: float, at: _Interval = _NONE, **more: str) -> None:
        variant = {"k": k, "aggregate": "all", **more}
        scores.append(Score(metric, float(value), n, variant, at.low, at.high))
        if at.optimism is not None and metric.endswith(tuple(_BEST)):
            scores.append(Score(f"{metric}_optimism", at.optimism, n, variant))

    for metric, measured in _measure(list(by_name.values()), n, bootstrap).items():
        influences = []
        for i, (name, by) in enumerate(by_name.items()):
            place = int(measured.place[i])
            influences.append(
                _BEST[metric].influence(by, place)
                if metric in _BEST
                else thresholds.average_precision_influence(by)
            )
            replicates, on_all = measured.replicates[i], measured.on_all[i]
            at = _interval(pairs, measured.value[i], replicates, on_all, influences[i], bootstrap)
            add(metric, measured.value[i], at, similarity=name)
            if metric in _BEST:
                cut = thresholds.threshold(by, place)
                add(f"{metric}_threshold", -cut if name in _DISTANCES else cut, similarity=name)
            if metric == "f1":
                hits = thresholds.above(by)
                add("precision", hits.hits[0, place] / hits.pairs[0, place], similarity=name)
                add("recall", hits.hits[0, place] / hits.positives[0, 0], similarity=name)
        top = int(measured.value.argmax())
        chosen = measured.replicates.argmax(axis=0)[None]  # of NaN too, which stays NaN
        replicates, on_all = (
            np.take_along_axis(each, chosen, 0)[0]
            for each in (measured.replicates, measured.on_all)
        )
        at = _interval(pairs, measured.value[top], replicates, on_all, influences[top], bootstrap)
        add(f"max_{metric}", measured.value[top], at)
    return scores


def _measure(
    sorted_pairs: Sequence[ByFalling], n: int, bootstrap: Bootstrap
) -> dict[str, _Measured]:
    """Measure every metric under every similarity, on all pairs and in the same resamples."""
    ways, resamples = len(sorted_pairs), bootstrap.resamples
    full = [thresholds.above(by) for by in sorted_pairs]
    measured = {}
    for metric in ("ap", *_BEST):
        value, place = np.empty(ways), np.zeros(ways, dtype=np.intp)
        for i, at in enumerate(full):
            if metric in _BEST:
                (value[i],), (place[i],) = thresholds.best(_BEST[metric].values(at), at)
            else:
                (value[i],) = thresholds.average_precision(at)
        empty = np.empty((ways, resamples))
        measured[metric] = _Measured(
            value, place, empty, empty.copy() if metric in _BEST else empty
        )
    rng = np.random.default_rng(bootstrap.seed)
    rows = max(1, _PAIRS_AT_ONCE // n)
    for start in range(0, resamples, rows):
        part = slice(start, min(start + rows, resamples))
        counts = resample_counts(rng, n, part.stop - start, COUNT)
        for i, by in enumerate(sorted_pairs):
            at = thresholds.above(by, counts)
            measured["ap"].replicates[i, part] = thresholds.average_precision(at)
            for metric, each in _BEST.items():
                values, places = thresholds.best(each.values(at), at)
                measured[metric].replicates[i, part] = values
                measured[metric].on_all[i, part] = each.values(full[i])[0].take(places)
    return measured


def _interval(
    pairs: Pairs,
    value: float,
    replicates: Floats,
    on_all: Floats,
    influence: Floats,
    bootstrap: Bootstrap,
) -> _Interval:
    """Return the interval of a score, less its optimism, wider where pairs share sentences."""
    ends = interval(replicates, bootstrap.confidence) if bootstrap.resamples else None
    if ends is None:
        return _NONE
    optimism = float(np.nanmean(replicates - on_all))
    moved = ends[0] - optimism, ends[1] - optimism
    ratio = pairs.shared.error_ratio(influence)
    low, high = stretch(moved, value - optimism, ratio, most=1)
    return _Interval(max(low, 0.0), high, optimism)
