"""Means over seeds with their 95% intervals (Student's t); differences are paired by seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """A mean over seeds.

    Attributes:
        mean: The mean.
        low: Lower end of the interval; None for one seed, which has no spread.
        high: Upper end.
        n: How many seeds.
    """

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def error(self) -> float | None:
        """Half the width of the interval."""
        return None if self.high is None else self.high - self.mean

    def __str__(self) -> str:
        return f"{self.mean:+.2f}" + ("" if self.error is None else f" ± {self.error:.2f}")


def mean_interval(values: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the mean of one or more values with its interval.

    Args:
        values: One a seed.
        confidence: Of the interval.

    Raises:
        ValueError: There is no value.
    """
    from scipy.stats import t

    n = len(values)
    if not n:
        raise ValueError("no values: an interval needs one or more")
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, None, None, n)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    width = float(t.ppf((1 + confidence) / 2, n - 1)) * math.sqrt(variance / n)
    return Interval(mean, mean - width, mean + width, n)
