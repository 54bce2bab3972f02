"""Measured over predicted thresholds of several cells, as one ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evaluators.dimension.retrieval.curve import RetrievalCurve
from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE, Interval, student_t_quantile


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
        raise ScoreError("there is no cell to average")
    spread = np.array(variances)
    total = float(spread.sum())
    joint = total**2 / float((spread**2 / np.array(freedoms)).sum())
    half = student_t_quantile(joint, confidence) * math.sqrt(total) / len(logs)
    mean = sum(logs) / len(logs)
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))
