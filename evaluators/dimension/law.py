"""Laws of the needed dimension n* in the number of things N, fitted by weighted least squares.

    log           n* = a + b ln N      by the entropy formula and by Johnson-Lindenstrauss
    proportional  n* = b ln N          the same through the origin, as in n > 8.33 ln N
    power         n* = a N^b           the alternative

All three are fitted to n* itself, errors added to n*, so that their likelihoods can be compared; a
power law fitted as a line through logarithms would answer another question.

***Intervals.** With standard errors of the n*, an interval is the wider of two: from the standard
errors (normal quantile), and from the scatter about the law (Student's t; degrees of freedom are
points minus parameters). Without standard errors it is the second. Three points leave one degree of
freedom and a quantile of 12.7. Intervals of the power law are linearised at the fit.

**AIC.** Without standard errors, m ln(RSS/m) + 2 (k + 1); with them χ²/ĉ + 2k, where
ĉ = max(1, χ²/(m - k)) of the better two-parameter law (quasi-AIC, Burnham and Anderson 2002, 2.5):
standard errors that are too small for the scatter must not add evidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.dimension.least_squares import Solved, log_law, power_law, proportional_law
from evaluators.dimension.numeric_checks import finite_array, validate_confidence
from evaluators.dimension.threshold import Threshold
from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE, Interval, normal_quantile, student_t_quantile

Floats = NDArray[np.float64]
Form = Literal["log", "proportional", "power"]
SOLVERS = {"log": log_law, "proportional": proportional_law, "power": power_law}


@dataclass(frozen=True)
class Law:
    """A fitted law.

    Attributes:
        form: `log`, `proportional` or `power`.
        a: Intercept (log) or factor (power); None for a proportional law.
        b: Slope in ln N (log, proportional) or exponent (power).
        r_squared: 1 - residual over total sum of squares about the mean, with the same weights;
            None where all n* are equal. For a law without intercept it may be negative.
        chi_squared: Weighted residual sum of squares; without standard errors the plain one.
        points: Number of n* in the fit.
        confidence: Coverage of the intervals and of `band`.
        solved: The fit in coordinates centred on the mean of ln N.
        margin: Half-width of an interval over the root of the quadratic form of its gradient.
    """

    form: Form
    a: Interval | None
    b: Interval
    r_squared: float | None
    chi_squared: float
    points: int
    confidence: float
    solved: Solved
    margin: float

    def band(self, items: float) -> Interval:
        """Return n* at N = `items` with the pointwise confidence band of the fitted curve."""
        value, gradient = self.solved.at(math.log(items))
        return _interval(value, gradient, self.solved, self.margin, self.points)


def fit_law(
    form: Form,
    items: ArrayLike,
    dimensions: ArrayLike,
    standard_errors: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
) -> Law:
    """Fit a law to needed dimensions.

    Args:
        form: Form of the law.
        items: N of each point, at least 2, shape (m,) with m >= 3.
        dimensions: n* of each point, above 0, shape (m,).
        standard_errors: Standard error of each n*, above 0, shape (m,); None where unknown, for
            equal weights.
        confidence: Coverage of the intervals.

    Raises:
        ScoreError: There are fewer than three points or two different N, or a number is invalid.
    """
    x, y, weights = validate_points(items, dimensions, standard_errors)
    validate_confidence(confidence)
    solved = SOLVERS[form](x, y, weights)
    chi_squared = float(np.sum(weights * (y - solved.curve(x)) ** 2))
    freedom = len(y) - len(solved.parameters)
    margin = student_t_quantile(freedom, confidence) * math.sqrt(chi_squared / freedom)
    if standard_errors is not None:
        margin = max(margin, normal_quantile(confidence))
    total = float(np.sum(weights * (y - np.average(y, weights=weights)) ** 2))
    a, b = (
        None if part is None else _interval(*part, solved, margin, len(y))
        for part in (solved.intercept(), solved.slope())
    )
    assert b is not None  # noqa: S101 - every law has one
    return Law(
        form,
        a,
        b,
        1 - chi_squared / total if total > 0 else None,
        chi_squared,
        len(y),
        confidence,
        solved,
        margin,
    )


def validate_points(
    items: ArrayLike, dimensions: ArrayLike, standard_errors: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Validate points, and return ln N, n* and weights, each of shape (m,).

    Raises:
        ScoreError: As in `fit_law`.
    """
    number = finite_array("items", items, None)
    if number.ndim != 1 or len(number) < 3:
        raise ScoreError(f"a law needs at least three points, got {number.size}: measure more N")
    y = finite_array("dimensions", dimensions, len(number))
    if np.any(number < 2):
        raise ScoreError(f"N must be at least 2, got {number.min():g}")
    if np.any(y <= 0):
        raise ScoreError(f"needed dimensions must be above 0, got {y.min():g}")
    if len(np.unique(number)) < 2:
        raise ScoreError(f"all points have N = {number[0]:g}: a law needs at least two different N")
    if standard_errors is None:
        return np.log(number), y, np.ones(len(y))
    errors = finite_array("standard errors", standard_errors, len(number))
    if np.any(errors <= 0):
        raise ScoreError("standard errors must be above 0: give None where they are unknown")
    return np.log(number), y, errors**-2.0


def _interval(
    value: float, gradient: Floats, solved: Solved, margin: float, points: int
) -> Interval:
    length = math.sqrt(max(0.0, float(gradient @ solved.spread @ gradient)))
    return Interval.around(value, margin * length, points)


class Points(NamedTuple):
    """The thresholds that a law can be fitted to.

    Attributes:
        items: N of each point.
        dimensions: n* of each point.
        standard_errors: Standard error of each n*; None where an n* has no interval of some width.
       left_out: `(N, reason)` of the censored thresholds. A fit without those at the upper end of
            a grid is biased towards a flat law: widen the grid rather than trust it.
    """

    items: tuple[float, ...]
    dimensions: tuple[float, ...]
    standard_errors: tuple[float, ...] | None
    left_out: tuple[tuple[float, str], ...]


def points_of(items: Sequence[float], thresholds: Sequence[Threshold]) -> Points:
    """Convert thresholds to points of a law, with reasons for those left out.

    Args:
        items: N of each threshold.
        thresholds: Results of `evaluators.dimension.threshold`.
    """
    fitted: list[tuple[float, float, float]] = []
    left_out = []
    for number, threshold in zip(items, thresholds, strict=True):
        if threshold.n is None:
            left_out.append((number, threshold.censored or "no threshold"))
            continue
        error = math.nan
        if threshold.ci_low is not None and threshold.ci_high is not None and threshold.confidence:
            error = (threshold.ci_high - threshold.ci_low) / (
                2 * normal_quantile(threshold.confidence)
            )
        fitted.append((number, threshold.n, error))
    errors = tuple(error for *_, error in fitted)
    return Points(
        tuple(number for number, *_ in fitted),
        tuple(n for _, n, _ in fitted),
        errors if all(error > 0 for error in errors) else None,
        tuple(left_out),
    )
