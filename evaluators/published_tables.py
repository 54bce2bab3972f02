"""Audit printed tables: averages, numbers printed more than once, impossible proportions.

Every comparison allows for rounding: a number that is printed with d decimals stands for half a
unit of its last digit to both sides. No comparison says which number is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, fsum
from typing import Literal

_EPSILON = 1e-9

PROPORTIONS = ("accuracy", "max_accuracy")
"""Metrics that are a number of examples over the number of all."""


@dataclass(frozen=True)
class PublishedScore:
    """One published number.

    Attributes:
        model: Its name on the hub, or as the source spells it.
        revision: The revision that was measured, None where not stated.
        weights_sha256: SHA-256 of the weights file, None where not known.
        task: The task, named as this project names it.
        split: The split that was measured, None where not stated.
        metric: `spearman`, `pearson`, MTEB's `max_ap`, `max_accuracy` or `max_f1` of pairs of two
            classes, or that of a CLUE task, `accuracy` for example.
        pooling: As `evaluators.sts` names it; `native` if the source states none.
        whitening: `none`, `target` (the task's own sentences) or what it was fitted on.
        k: Kept dimensions, None for all of them.
        aggregate: How the subsets of a task were combined: `all`, `mean` or `wmean`.
        printed: The number as printed.
        unit_max: The perfect score in the printed unit: 1 or 100.
        source: Where it was published.
        notes: Remarks for the reader.
        method: How it was trained, as the view `arm_scores` names arms: `r-drop/linear`; None for
            sentence similarity.
        collection: The list that it is of.
        decimals: Decimals that its source prints.
    """

    model: str
    revision: str | None
    weights_sha256: str | None
    task: str
    split: str | None
    metric: str
    pooling: str
    whitening: str
    k: int | None
    aggregate: str
    printed: float
    unit_max: float
    source: str
    notes: str
    method: str | None = None
    collection: str = ""
    decimals: int = 2

    @property
    def value(self) -> float:
        """Return the score scaled to −1…1."""
        return self.printed / self.unit_max

    @property
    def rounding(self) -> float:
        """Return half a unit of the last printed digit, scaled as `value`."""
        return 0.5 * 10.0**-self.decimals / self.unit_max


@dataclass(frozen=True)
class PublishedMean:
    """One printed average over tasks.

    Attributes:
        collection: The list that its cells are of.
        model: The model of the cells.
        method: The method of the cells, None where they have none.
        metric: The metric of the cells.
        tasks: What it is the mean of.
        printed: The number as printed.
        decimals: Its decimals.
        unit_max: The perfect score in the printed unit.
        source: Where it was published.
    """

    collection: str
    model: str
    method: str | None
    metric: str
    tasks: tuple[str, ...]
    printed: float
    decimals: int
    unit_max: float
    source: str


@dataclass(frozen=True)
class RecomputedMean:
    """A printed average beside that of its cells, in the printed unit.

    Attributes:
        mean: As printed.
        recomputed: The mean of the cells, None where one is not kept.
        allowed: Largest difference that rounding explains.
        missing: The tasks without a cell.
    """

    mean: PublishedMean
    recomputed: float | None
    allowed: float
    missing: tuple[str, ...] = ()

    @property
    def outcome(self) -> Literal["agrees", "differs", "cells missing"]:
        """Return whether rounding explains the difference."""
        if self.recomputed is None:
            return "cells missing"
        off = abs(self.recomputed - self.mean.printed)
        return "agrees" if off <= self.allowed + _EPSILON else "differs"


@dataclass(frozen=True)
class Repeat:
    """Two cells that state the same quantity, or one number under two poolings.

    Attributes:
        first: One cell.
        second: The other cell.
        outcome: `equal`, `rounding` (the printed digits explain the difference), `differ`, or
            `other pooling`: one number, two tables, two names of what was pooled.
    """

    first: PublishedScore
    second: PublishedScore
    outcome: Literal["equal", "rounding", "differ", "other pooling"]

    @property
    def difference(self) -> float:
        """Return second − first, scaled to −1…1."""
        return self.second.value - self.first.value


@dataclass(frozen=True)
class Proportion:
    """A printed proportion beside the counts that could give it.

    Attributes:
        score: The cell.
        examples: The numbers of examples that it may be of; empty where none is known.
        outcome: `possible`, `cut off` (only where digits were cut off, not rounded), `impossible`,
            or `not testable`: the number of examples is unknown, or gives every printed number.
        passing: Share of the printable numbers that some count gives: what a made-up one passes by.
    """

    score: PublishedScore
    examples: tuple[int, ...]
    outcome: Literal["possible", "cut off", "impossible", "not testable"]
    passing: float


def recompute_means(
    means: Iterable[PublishedMean], scores: Sequence[PublishedScore]
) -> tuple[RecomputedMean, ...]:
    """Compare printed averages with the means of their printed cells."""
    return tuple(_recomputed(mean, scores) for mean in means)


def _recomputed(mean: PublishedMean, scores: Sequence[PublishedScore]) -> RecomputedMean:
    cells = {
        score.task: score
        for score in scores
        if (score.collection, score.model, score.method, score.metric)
        == (mean.collection, mean.model, mean.method, mean.metric)
    }
    missing = tuple(task for task in mean.tasks if task not in cells)
    if missing:
        return RecomputedMean(mean, None, 0.0, missing)
    used = [cells[task] for task in mean.tasks]
    recomputed = fsum(cell.value for cell in used) / len(used) * mean.unit_max
    cell_rounding = fsum(cell.rounding for cell in used) / len(used) * mean.unit_max
    return RecomputedMean(mean, recomputed, 0.5 * 10.0**-mean.decimals + cell_rounding)


def find_repeats(
    scores: Iterable[PublishedScore], same_models: Mapping[str, str] | None = None
) -> tuple[Repeat, ...]:
    """Return every two cells that state the same quantity, largest difference first.

    Same are model, task, metric, whitening, k, aggregate, method and pooling; split, revision and
    weights must not be stated differently. A number that two collections print under different
    poolings is returned too.

    Args:
        scores: The cells.
        same_models: For a model that sources name differently, its one name.
    """
    names = same_models or {}
    groups: dict[tuple[object, ...], list[PublishedScore]] = {}
    for score in scores:
        model = names.get(score.model, score.model)
        setting = (score.whitening, score.k, score.aggregate, score.method)
        groups.setdefault((model, score.task, score.metric, *setting), []).append(score)
    found = []
    for group in groups.values():
        for first, second in combinations(group, 2):
            if not _can_be_same(first, second):
                continue
            if first.pooling == second.pooling:
                found.append(Repeat(first, second, _compared(first, second)))
            elif first.collection != second.collection and first.value == second.value:
                found.append(Repeat(first, second, "other pooling"))
    return tuple(sorted(found, key=lambda repeat: -abs(repeat.difference)))


def _can_be_same(first: PublishedScore, second: PublishedScore) -> bool:
    pairs = (
        (first.split, second.split),
        (first.revision, second.revision),
        (first.weights_sha256, second.weights_sha256),
    )
    return all(a is None or b is None or a == b for a, b in pairs)


def _compared(
    first: PublishedScore, second: PublishedScore
) -> Literal["equal", "rounding", "differ"]:
    off = abs(first.value - second.value)
    if off <= _EPSILON:
        return "equal"
    return "rounding" if off <= first.rounding + second.rounding + _EPSILON else "differ"


def check_proportions(
    scores: Iterable[PublishedScore], sizes: Mapping[tuple[str, str], Sequence[int]]
) -> tuple[Proportion, ...]:
    """Return each printed proportion with whether a whole number of examples gives it.

    The GRIM test of Brown and Heathers (2017). A mean over several runs may fail it and be right.

    Args:
        scores: The cells; those whose metric is not among `PROPORTIONS` are passed over.
        sizes: (task, split) → numbers of examples that were possibly scored.
    """
    return tuple(
        _proportion(score, tuple(sizes.get((score.task, score.split or ""), ())))
        for score in scores
        if score.metric in PROPORTIONS
    )


def _proportion(score: PublishedScore, examples: tuple[int, ...]) -> Proportion:
    # Of n + 1 counts, each lies in one interval of the width of the last digit.
    passing = min(1.0, sum(2 * score.rounding * n for n in examples)) if examples else 1.0
    if passing > 1 - _EPSILON:
        return Proportion(score, examples, "not testable", passing)
    half = score.rounding
    if any(_has_count(score.value - half, score.value + half, n) for n in examples):
        return Proportion(score, examples, "possible", passing)
    if any(_has_count(score.value, score.value + 2 * half, n) for n in examples):
        return Proportion(score, examples, "cut off", passing)
    return Proportion(score, examples, "impossible", passing)


def _has_count(low: float, high: float, n: int) -> bool:
    """Return whether a whole number over n lies from `low` to `high`."""
    return ceil(low * n - _EPSILON * n) <= high * n + _EPSILON * n
