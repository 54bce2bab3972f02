"""Scores and curves that the experiments store: n* by criterion, and curves over a grid.

The views `dimension_law` and `dimension_curve` read rows of exactly these shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluators.result import Curve, Score

if TYPE_CHECKING:
    from evaluators.dimension.threshold import Threshold


def threshold_scores(
    criterion: str,
    threshold: Threshold,
    *,
    trials: int,
    last: float,
    predicted: float | None = None,
    variant: Mapping[str, Any] | None = None,
) -> tuple[Score, ...]:
    """Return a threshold as scores; one that was not reached has a lower bound.

    Args:
        criterion: The criterion that n* reaches: `recall 0.5`.
        threshold: The threshold.
        trials: Number of trials behind it.
        last: The largest n tried.
        predicted: The n* predicted by theory, if any.
        variant: Further entries of the scores' variant.
    """
    named = {**(variant or {}), "criterion": criterion}
    scores = []
    if threshold.n is not None:
        scores.append(
            Score("n_star", threshold.n, trials, named, threshold.ci_low, threshold.ci_high)
        )
    elif threshold.ci_high is None:
        scores.append(Score("n_star_beyond", last, trials, named))
    if predicted is not None:
        scores.append(Score("n_star_predicted", predicted, trials, named))
    return tuple(scores)


def grid_curves(
    dims: Sequence[int], curves: Mapping[str, Sequence[float]], **variant: Any
) -> tuple[Curve, ...]:
    """Return curves over a grid of dimensions, with the grid itself as the curve `n`.

    Args:
        dims: The grid.
        curves: Values on it by metric.
        variant: Variant that distinguishes the curves from others of the run.
    """
    grid = Curve("n", "point", 0, tuple(float(n) for n in dims))
    metric_curves = [
        Curve(metric, "point", 0, tuple(float(value) for value in values), dict(variant))
        for metric, values in curves.items()
    ]
    return (grid, *metric_curves)
