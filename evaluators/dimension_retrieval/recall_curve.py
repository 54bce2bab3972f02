"""Recall over dimensions: its thresholds beside the predicted ones, and what a job keeps of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.law_rows import grid_curves, threshold_scores
from evaluators.dimension.threshold import Threshold, threshold_of_curve, threshold_of_replicates
from evaluators.errors import ScoreError
from evaluators.result import Result, Score
from evaluators.statistics import CONFIDENCE, Interval, student_t_quantile

LEVELS = (0.5, 0.9, 0.95)
"""The recalls whose dimensions are asked for: n50, n90, n95."""


@dataclass(frozen=True)
class LevelResult:
    """Where recall reaches one level.

    Attributes:
        level: The recall.
        measured: The n at which the mean curve reaches it, with a t interval over replicates.
        predicted: The n at which the predicted curve does, read off the same grid the same way;
            None without prediction, or where that is off the grid.
        ratio: Measured over predicted.
        ratio_low: Lower end of its 95% interval.
        ratio_high: Upper end.
    """

    level: float
    measured: Threshold
    predicted: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None


@dataclass(frozen=True)
class RetrievalCurve:
    """recall@1 over the number of dimensions kept.

    Attributes:
        items: N.
        d: Dimensions before the projection.
        rho: Cosine of query and item; None where queries were handed in.
        projection: `gaussian`, `pca` or `whitening`.
        seed: What everything random came from.
        dims: Numbers of dimensions, rising.
        recall: Mean recall@1 at each.
        by_replicate: recall@1 of each replicate, replicates by dims.
        queries: Queries of each replicate.
        predicted: Predicted recall at each n; None where there is no prediction.
        levels: n50, n90, n95.
        duplicates: Items that equal an earlier one; each makes queries for either miss.
        seconds: Wall-clock time.
        working_bytes: Arrays held at once beyond the items handed in.
        device: Where it ran.
    """

    items: int
    d: int
    rho: float | None
    projection: str
    seed: int
    dims: tuple[int, ...]
    recall: tuple[float, ...]
    by_replicate: tuple[tuple[float, ...], ...]
    queries: int
    predicted: tuple[float, ...] | None
    levels: tuple[LevelResult, ...]
    duplicates: int
    seconds: float
    working_bytes: int
    device: str


def level_results(
    dims: Sequence[int],
    recalls: NDArray[np.float64],
    predicted: Sequence[float] | None,
    levels: Sequence[float] = LEVELS,
) -> tuple[LevelResult, ...]:
    """Read the thresholds off replicate curves and set them beside the predicted ones.

    A curve without prediction may fall again (whitening blows up the last components): it is read
    up to its highest point only.

    Args:
        dims: Rising, shape (k,).
        recalls: Shape (replicates, k).
        predicted: Shape (k,), or None.
        levels: Recalls asked for.
    """
    if predicted is None:
        mean = recalls.mean(axis=0)
        top = int(np.flatnonzero(mean == mean.max())[-1]) + 1
        dims, recalls = dims[:top], recalls[:, :top]
    return tuple(_level(dims, recalls, predicted, level) for level in levels)


def _level(
    dims: Sequence[int],
    recalls: NDArray[np.float64],
    predicted: Sequence[float] | None,
    level: float,
) -> LevelResult:
    measured = threshold_of_replicates(dims, recalls, level)
    expected = threshold_of_curve(dims, predicted, level).n if predicted is not None else None

    def over(n: float | None) -> float | None:
        return None if n is None or expected is None else n / expected

    ends = over(measured.ci_low), over(measured.ci_high)
    return LevelResult(level, measured, expected, over(measured.n), *ends)


def as_result(curve: RetrievalCurve) -> Result:
    """Return n* at each level, recall over dimensions, and what is odd about the items."""
    trials = curve.queries * len(curve.by_replicate)
    scores: list[Score] = []
    for level in curve.levels:
        scores += threshold_scores(
            f"recall {level.level:g}",
            level.measured,
            trials=trials,
            last=float(curve.dims[-1]),
            predicted=level.predicted,
            variant={"items": curve.items},
        )
    scores.append(Score("duplicates", float(curve.duplicates), curve.items))
    curves = {"recall@1": curve.recall}
    if curve.predicted is not None:
        curves["recall@1 predicted"] = curve.predicted
    cost = {
        "device": curve.device,
        "seconds": curve.seconds,
        "working_bytes": curve.working_bytes,
        "queries": curve.queries,
        "replicates": len(curve.by_replicate),
    }
    return Result(tuple(scores), grid_curves(curve.dims, curves), cost)


def agreement(
    curves: Sequence[RetrievalCurve], level: float = 0.5, confidence: float = CONFIDENCE
) -> Interval:
    """Return the geometric mean of measured over predicted of independent cells, weighted alike.

    The variance of a cell is the one between its replicates; the degrees of freedom of their sum
    are Welch and Satterthwaite's.

    Args:
        curves: Cells of one rho at several N, say; with a prediction and replicates.
        level: Which threshold.
        confidence: Of the interval.

    Raises:
        ScoreError: A cell has no ratio at this level with both ends of its interval.
    """
    logs: list[float] = []
    variances: list[float] = []
    freedoms: list[int] = []
    for curve in curves:
        found = next((each for each in curve.levels if each.level == level), None)
        if found is None or not (found.ratio and found.ratio_low and found.ratio_high):
            raise ScoreError(
                f"the cell of {curve.items} items at rho {curve.rho} has no ratio at recall {level}"
                " with an interval: give it more replicates, or dimensions on both sides"
            )
        freedom = len(curve.by_replicate) - 1
        half = math.log(found.ratio_high / found.ratio_low) / 2
        logs.append(math.log(found.ratio))
        variances.append((half / student_t_quantile(freedom)) ** 2)
        freedoms.append(freedom)
    if not logs:
        raise ScoreError("at least one cell is needed to average")
    spread = np.array(variances)
    total = float(spread.sum())
    joint = total**2 / float((spread**2 / np.array(freedoms)).sum())
    half = student_t_quantile(joint, confidence) * math.sqrt(total) / len(logs)
    mean = sum(logs) / len(logs)
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))
