"""Recall over dimensions: measured and predicted thresholds, and the result of a job."""

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
"""The recalls of the thresholds n50, n90 and n95."""


@dataclass(frozen=True)
class LevelResult:
    """The n at which recall reaches one level.

    Attributes:
        level: The recall.
        measured: The n at which the mean curve reaches it, with a t interval over replicates.
        predicted: The n at which the predicted curve reaches it, by the same interpolation on the
            same grid; None without prediction, or where it is off the grid.
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
        rho: Cosine of query and item; None for given queries.
        projection: `gaussian`, `pca` or `whitening`.
        seed: Seed of everything random.
        dims: Numbers of dimensions, rising.
        recall: Mean recall@1 at each number of dimensions.
        by_replicate: recall@1 of each replicate, shape (replicates, dims).
        queries: Number of queries in each replicate.
        predicted: Predicted recall at each n; None where there is no prediction.
        levels: Results for n50, n90, n95.
        duplicates: Number of items that equal an earlier one; queries for such items fail.
        seconds: Wall-clock time.
        working_bytes: Bytes of the arrays in memory at once, without the given items.
        device: Device of the computation.
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
    """Compute the thresholds of replicate curves, and of the predicted one.

    A curve without prediction may fall again (whitening amplifies the noise of the last
    components), so only its part up to the highest point is used.

    Args:
        dims: Rising, shape (k,).
        recalls: Shape (replicates, k).
        predicted: Shape (k,), or None.
        levels: Recalls of the thresholds.
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

    def ratio_to_expected(n: float | None) -> float | None:
        return None if n is None or expected is None else n / expected

    ends = ratio_to_expected(measured.ci_low), ratio_to_expected(measured.ci_high)
    return LevelResult(level, measured, expected, ratio_to_expected(measured.n), *ends)


def as_result(curve: RetrievalCurve) -> Result:
    """Return a job's result: n* at each level, recall over dimensions, duplicate items."""
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
    """Return the geometric mean of the ratios measured / predicted of independent cells.

    Cells have equal weights. The variance of a cell is that between its replicates; the degrees of
    freedom of the sum are Welch and Satterthwaite's.

    Args:
        curves: Cells with a prediction and replicates, for example of one rho at several N.
        level: Recall of the threshold.
        confidence: Confidence level of the interval.

    Raises:
        ScoreError: A cell has no ratio at this level with both ends of its interval.
    """
    logs: list[float] = []
    variances: list[float] = []
    freedoms: list[int] = []
    for curve in curves:
        result = next((candidate for candidate in curve.levels if candidate.level == level), None)
        if result is None or not (result.ratio and result.ratio_low and result.ratio_high):
            raise ScoreError(
                f"the cell of {curve.items} items at rho {curve.rho} has no ratio at recall {level}"
                " with an interval: give it more replicates, or dimensions on both sides"
            )
        freedom = len(curve.by_replicate) - 1
        half = math.log(result.ratio_high / result.ratio_low) / 2
        logs.append(math.log(result.ratio))
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
