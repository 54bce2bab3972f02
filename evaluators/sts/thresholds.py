"""Tell pairs of two classes apart by a threshold on their similarity, at all thresholds at once.

Sorted by falling similarity, a threshold is a place between two pairs, and what it gets right
follows from running counts, so all thresholds together cost one sort. Pairs of equal similarity lie
on one side of every threshold.

As in MTEB, a threshold lies between two different similarities, so that both sides hold pairs. To
answer "the same" always, or never, is not counted, though it may be more accurate where a class is
rare. `evaluators.trainer.threshold` counts these two as well.

Every function takes how often each pair counts, so a bootstrap resample is a row of counts
(`evaluators.statistics.resample_counts`) and needs no sort of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.trainer.threshold import between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ByFalling(NamedTuple):
    """Pairs sorted by falling similarity.

    Attributes:
        order: Indices that sort the pairs, shape (n,).
        positive: Whether each pair in that order is of class 1, shape (n,).
        ends: Place of the last pair of each run of equal similarities, shape (g,).
        similarity: Similarity of each run, shape (g,).
    """

    order: NDArray[np.intp]
    positive: NDArray[np.bool_]
    ends: NDArray[np.intp]
    similarity: Floats


def by_falling(similarity: Floats, gold: Floats) -> ByFalling:
    """Sort pairs by falling similarity.

    Args:
        similarity: Of each pair, shape (n,).
        gold: 1 or 0, shape (n,).

    Raises:
        ScoreError: A similarity is NaN or infinite.
    """
    order = np.argsort(-similarity)
    ordered = similarity.take(order)
    if not np.isfinite(ordered[[0, -1]]).all():  # NaN and infinity sort to the ends
        raise ScoreError("similarities hold NaN or infinity: no threshold is defined")
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    return ByFalling(order, gold.take(order) > 0, ends, ordered.take(ends))


class Above(NamedTuple):
    """What is above the threshold below each run of equal similarities, in each resample.

    Attributes:
        pairs: Number of pairs above it, shape (resamples, g).
        hits: Those of class 1 among them, shape (resamples, g).
        total: Number of pairs, shape (resamples, 1).
        positives: Those of class 1 among them, shape (resamples, 1).
    """

    pairs: Ints
    hits: Ints
    total: Ints
    positives: Ints


def above(by: ByFalling, counts: NDArray[np.integer] | None = None) -> Above:
    """Count what is above every threshold.

    Args:
        by: The sorted pairs.
        counts: How often each pair occurs in each resample, shape (resamples, n); None: once, in
            one resample.
    """
    pairs: Ints
    hits: Ints
    if counts is None:
        pairs = by.ends[None, :].astype(np.int64) + 1
        hits = np.cumsum(by.positive, dtype=np.int64)[None, by.ends]
    else:
        ordered = counts.take(by.order, axis=1)
        pairs = np.cumsum(ordered, axis=1, dtype=np.int64).take(by.ends, axis=1)
        hits = np.cumsum(ordered * by.positive, axis=1, dtype=np.int64).take(by.ends, axis=1)
    return Above(pairs, hits, pairs[:, -1:], hits[:, -1:])


def average_precision(at: Above) -> Floats:
    """Return the average precision of each resample, as scikit-learn defines it.

    That is the precision at every threshold, weighted by the recall that it adds.

    Returns:
        Shape (resamples,); NaN where a resample has no pair of class 1.
    """
    added = np.diff(at.hits, axis=1, prepend=0)
    precision = at.hits / np.maximum(at.pairs, 1)  # 0 pairs add no recall
    with np.errstate(invalid="ignore"):
        value: Floats = np.einsum("ij,ij->i", added, precision) / at.positives[:, 0]
    return value


def accuracies(at: Above) -> Floats:
    """Return the accuracy at every threshold, -infinity where one side is empty."""
    right = 2 * at.hits - at.pairs + at.total - at.positives
    return np.where(_two_sides(at), right / at.total, -np.inf)


def f1s(at: Above) -> Floats:
    """Return the F1 of class 1 at every threshold, -infinity where one side is empty."""
    either = np.maximum(at.pairs + at.positives, 1)
    return np.where(_two_sides(at), 2 * at.hits / either, -np.inf)


def best(values: Floats, at: Above) -> tuple[Floats, NDArray[np.intp]]:
    """Return the largest value of each resample, and its threshold: the highest, if several.

    Args:
        values: As `accuracies` or `f1s` returns them, shape (resamples, g).
        at: What they are the values of.

    Returns:
        Values, NaN where a resample has one class or one similarity only, and numbers of the runs
        above the thresholds, each of shape (resamples,).
    """
    place = values.argmax(axis=1)
    largest = np.take_along_axis(values, place[:, None], 1)[:, 0]
    undefined = (at.positives == 0) | (at.positives == at.total) | ~np.isfinite(largest[:, None])
    return np.where(undefined[:, 0], np.nan, largest), place


def _two_sides(at: Above) -> NDArray[np.bool_]:
    return (at.pairs > 0) & (at.pairs < at.total)


def threshold(by: ByFalling, place: int) -> float:
    """Return the similarity half way between a run and the next; what is above it is class 1."""
    return between(float(by.similarity[place + 1]), float(by.similarity[place]))


def accuracy_influence(by: ByFalling, place: int) -> Floats:
    """Return the influence of each pair on the accuracy at a fixed threshold, shape (n,)."""
    right = (np.arange(len(by.order)) <= by.ends[place]) == by.positive
    return _as_given(by, right - right.mean())


def f1_influence(by: ByFalling, place: int) -> Floats:
    """Return the influence of each pair on the F1 at a fixed threshold, shape (n,)."""
    predicted = np.arange(len(by.order)) <= by.ends[place]
    hit = predicted & by.positive
    either = predicted.astype(np.float64) + by.positive
    value = 2 * hit.sum() / either.sum()
    return _as_given(by, (2 * hit - value * either) / either.mean())


def average_precision_influence(by: ByFalling) -> Floats:
    """Return the influence of each pair on the average precision, shape (n,).

    A further pair of similarity x adds its own precision if it is of class 1, and changes the
    precision at every threshold at or below x.
    """
    at = above(by)
    pairs, hits, added = at.pairs[0], at.hits[0], np.diff(at.hits[0], prepend=0)
    precision = hits / pairs
    value = float(average_precision(at)[0])
    positive = by.positive.astype(np.float64)
    share = positive.mean()
    run = np.repeat(np.arange(len(by.ends)), np.diff(by.ends, prepend=-1))
    below, below_precise = (
        np.cumsum(part[::-1])[::-1].take(run) for part in (added / pairs, added * precision / pairs)
    )
    numerator = positive * precision.take(run) + positive * below - below_precise
    return _as_given(by, (numerator - value * positive) / share)


def _as_given(by: ByFalling, ordered: Floats) -> Floats:
    """Return values of the sorted pairs in the pairs' own order."""
    given = np.empty(len(ordered))
    given[by.order] = ordered
    return given
