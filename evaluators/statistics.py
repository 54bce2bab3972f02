"""Intervals, bootstrap percentiles, resamples and paired comparisons.

Every number with an interval under `evaluators/` uses this module. scipy is imported inside the
functions that need it, as it takes longer than the rest of this module.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Count = TypeVar("Count", bound=np.number[Any])

CONFIDENCE = 0.95
TAILS = (0.025, 0.975)
"""The quantiles of the ends of a 95% interval."""

_CELLS = 1 << 16  # draws in one block: half a megabyte, so that they stay in the cache


class Interval(NamedTuple):
    """An estimate with its confidence interval.

    Attributes:
        estimate: The number itself.
        low: Lower end of the interval; None for a single value, which has no spread.
        high: Upper end; None with `low`.
        n: How many values (seeds, replicates, examples, points) it rests on.
        freedom: Degrees of freedom of a 95% interval of Student's t; None for any other.
        basis: What else than its n values it is drawn from, in words: `over seeds and …`.
        floor: Part of the standard error that more of its n values would not make smaller.
    """

    estimate: float
    low: float | None
    high: float | None
    n: int
    freedom: float | None = None
    basis: str = ""
    floor: float = 0.0

    @classmethod
    def around(
        cls, estimate: float, half_width: float, n: int, freedom: float | None = None
    ) -> Interval:
        """Return the interval that is symmetric about the estimate."""
        return cls(estimate, estimate - half_width, estimate + half_width, n, freedom)

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends.

        Raises:
            ValueError: There is no interval.
        """
        if self.low is None or self.high is None:
            raise ValueError(f"an interval needs at least two values, got {self.n}")
        return self.low, self.high

    @property
    def error(self) -> float | None:
        """The distance from the estimate to the upper end: half the width if symmetric."""
        return None if self.high is None else self.high - self.estimate

    @property
    def standard_error(self) -> float:
        """The standard error of the estimate.

        Raises:
            ValueError: The interval is not a 95% interval of Student's t.
        """
        low, high = self.ends
        if self.freedom is None:
            raise ValueError("only an interval of Student's t has a standard error")
        return (high - low) / 2 / student_t_quantile(self.freedom)

    def __str__(self) -> str:
        """Return `+1.20 ± 0.30`, or both ends if the interval is not symmetric, and its basis."""
        estimate = f"{self.estimate:+.2f}"
        if self.low is None or self.high is None:
            return estimate
        above, below = self.high - self.estimate, self.estimate - self.low
        basis = f" ({self.basis})" if self.basis else ""
        if math.isclose(above, below, rel_tol=1e-6, abs_tol=1e-9):
            return f"{estimate} ± {above:.2f}{basis}"
        return f"{estimate} ({self.low:+.2f} to {self.high:+.2f}){basis}"


class Difference(NamedTuple):
    """Two numbers on the same examples, and their difference.

    Attributes:
        arm: The arm's.
        base: The base's.
        value: Arm − base.
        low: Lower end of the interval of the difference.
        high: Upper end.
    """

    arm: float
    base: float
    value: float
    low: float
    high: float


class McNemar(NamedTuple):
    """Counts of examples that exactly one of two models gets right, and their test.

    Attributes:
        gained: Number of examples that only the arm gets right.
        lost: Number of examples that only the base gets right.
        p_value: Two-sided p of the exact test; 1 where they never differ.
    """

    gained: int
    lost: int
    p_value: float


@lru_cache(maxsize=1024)
def student_t_quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return the half-width of an interval of Student's t, in standard errors.

    Args:
        freedom: Degrees of freedom, above 0; fractional for Welch and Satterthwaite's.
        confidence: Coverage, inside (0, 1).
    """
    from scipy.special import stdtrit  # what scipy.stats.t.ppf calls, without importing scipy.stats

    return float(stdtrit(freedom, (1 + confidence) / 2))


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """Return the half-width of a normal interval, in standard errors."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def mean_interval(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of some values with its interval (Student's t).

    The sums are rounded once (`math.fsum`), so the order of the values does not matter: seeds come
    in the order that a store gives them.

    Args:
        values: One or more; the interval of a single one has no ends.
        confidence: Coverage of the interval.

    Raises:
        ValueError: There is no value.
    """
    n = len(values)
    if not n:
        raise ValueError("a mean needs at least one value, got none")
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, None, None, n)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = student_t_quantile(n - 1, confidence) * math.sqrt(variance / n)
    return Interval.around(mean, half, n, n - 1 if confidence == CONFIDENCE else None)


def mean_limits(rows: ArrayLike, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return the ends of the intervals of the mean row (Student's t), each of a row's shape.

    Args:
        rows: Independent replicates along the first axis, two or more.
        confidence: Coverage of the interval at each place of a row.
    """
    array = np.asarray(rows, dtype=np.float64)
    mean, spread = array.mean(axis=0), array.std(axis=0, ddof=1)
    half = student_t_quantile(len(array) - 1, confidence) * spread / np.sqrt(len(array))
    return mean - half, mean + half


def binomial_limits(
    successes: Floats, trials: Floats, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's limits of success rates, each of the counts' shape."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):  # no success or no failure: the limit is 0 or 1, below
        low = betaincinv(successes, trials - successes + 1, tail)
        high = betaincinv(successes + 1, trials - successes, 1 - tail)
    return np.where(successes == 0, 0.0, low), np.where(successes == trials, 1.0, high)


def paired_values(*by_seed: Mapping[int, float]) -> dict[int, tuple[float, ...]]:
    """Return the values of all sides for each seed that they share, seeds ascending.

    Args:
        by_seed: Values of each side by seed, or by another key that pairs them.
    """
    shared = sorted(set.intersection(*(set(values) for values in by_seed)))
    return {seed: tuple(values[seed] for values in by_seed) for seed in shared}


def mcnemar(
    arm: NDArray[np.bool_], base: NDArray[np.bool_], clusters: Sequence[int] | None = None
) -> McNemar:
    """Compare two models on the same examples by the exact test of McNemar (1947).

    Where examples share a context, its examples change sides together: the p-value is that of
    the net gains of the contexts, each with its sign drawn at random (Fisher 1935), which is the
    binomial test where every context has one example.

    Args:
        arm: Whether the arm is right, shape (n,).
        base: Whether the base is right, shape (n,).
        clusters: Number of each example's context, length n; None: each has its own.
    """
    gained, lost = int((arm & ~base).sum()), int((base & ~arm).sum())
    if clusters is None or not gained + lost:
        return McNemar(gained, lost, mcnemar_p(gained, lost))
    _, places = np.unique(np.asarray(clusters, dtype=np.int64), return_inverse=True)
    net = np.bincount(places, weights=arm.astype(float) - base.astype(float))
    return McNemar(gained, lost, _sign_flip(np.abs(net).astype(np.int64), gained - lost))


@lru_cache(maxsize=1024)
def mcnemar_p(gained: int, lost: int) -> float:
    """Return the two-sided p of McNemar's exact test; 1 where two models never differ.

    Args:
        gained: Number of examples that only the arm gets right.
        lost: Number of examples that only the base gets right.
    """
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def _sign_flip(sizes: NDArray[np.int64], observed: int) -> float:
    """Return the chance that sizes with random signs add up to `observed` or more, on any side."""
    total = int(sizes.sum())
    chances = np.zeros(2 * total + 1)  # of the sums from −total to total
    chances[total] = 1.0
    for size in sizes[sizes > 0]:
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    sums = np.abs(np.arange(-total, total + 1))
    return min(1.0, float(chances[sums >= abs(observed)].sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, whatever their dependence (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted, running = [1.0] * len(p_values), 0.0
    for place, i in enumerate(order.tolist()):
        running = max(running, min(1.0, (len(p_values) - place) * p_values[i]))
        adjusted[i] = running
    return adjusted


def resample_counts(
    rng: np.random.Generator, units: int, resamples: int, dtype: type[Count]
) -> NDArray[Count]:
    """Draw how often each unit occurs in each resample, shape (resamples, units).

    Row r counts row r of `rng.integers(0, units, (resamples, units))`, so that a plain loop over
    the drawn positions sees the very same resamples. Blocks of rows continue one stream: drawn in
    several calls with the same generator, the resamples are those of one call.

    Args:
        rng: Draws them.
        units: What is drawn from, with replacement: tasks, pairs, examples.
        resamples: How many.
        dtype: Type of the counts; its largest value must be `units` or more.

    Raises:
        ValueError: There are no units.
    """
    if units < 1:
        raise ValueError(f"a resample needs at least one unit, got {units}")
    counts = np.empty((resamples, units), dtype=dtype)
    rows = max(1, _CELLS // units)
    for start in range(0, resamples, rows):
        block = counts[start : start + rows]
        places = rng.integers(0, units, block.shape)
        places += np.arange(len(block))[:, None] * units
        block[:] = np.bincount(places.ravel(), minlength=block.size).reshape(block.shape)
    return counts


def tails(confidence: float) -> tuple[float, float]:
    """Return the quantiles of the ends of an interval.

    For 0.95 they differ from `TAILS` in the last bit, so do not replace one by the other: stored
    numbers would change.
    """
    return (1 - confidence) / 2, (1 + confidence) / 2


def percentiles(
    replicates: ArrayLike, at: tuple[float, float] = TAILS, *, occurring: bool = False
) -> tuple[float, float]:
    """Return the percentile interval of a bootstrap (Efron 1979).

    Args:
        replicates: The statistic in each resample, shape (resamples,), none of them NaN.
        at: The quantiles of its ends; see `tails`.
        occurring: Whether ends must be replicates, as for counts, and not between them.
    """
    low, high = np.quantile(
        np.asarray(replicates, dtype=np.float64),
        at,
        method="inverted_cdf" if occurring else "linear",
    )
    return float(low), float(high)
