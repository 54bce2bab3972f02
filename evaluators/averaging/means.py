"""The power mean, the one formula behind the arithmetic, geometric and harmonic means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import TreatmentError

MEANS: Mapping[str, float] = MappingProxyType(
    {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
)
"""The three means by name, as exponents of the power mean."""


def mean_name(p: float) -> str:
    """Return `arithmetic`, `geometric` or `harmonic` for p = 1, 0, −1, otherwise `p=…`."""
    return next((name for name, exponent in MEANS.items() if exponent == p), f"p={p:g}")


def power_mean(xs: Iterable[float | None], p: float) -> float | None:
    """Return the power mean of some numbers, (mean of x^p)^(1/p), or None where it is undefined.

    p = 1, 0, −1 are the arithmetic, geometric and harmonic mean, p = +inf the maximum and
    p = −inf the minimum. It is undefined, and never silently something else,

    - for no numbers at all, or when one of them is missing or not finite;
    - for p ≤ 0 when one of them is ≤ 0 (scipy returns 0 or NaN there);
    - for p > 0 other than 1 when one of them is < 0.

    Args:
        xs: The numbers; None and NaN mean a missing one.
        p: The exponent, any number but NaN.

    Raises:
        TreatmentError: If p is NaN.
    """
    values = [math.nan if x is None else float(x) for x in xs]
    if not values or not all(math.isfinite(x) for x in values):
        _check_exponent(p)
        return None
    mean = float(power_means([values], p)[0])
    return None if math.isnan(mean) else mean


def power_means(
    values: ArrayLike, p: float, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the (weighted) power mean along the last axis, NaN where it is undefined.

    Unlike `power_mean` it leaves NaN entries out, so that the caller decides how missing entries
    count. Stable for exponents of any size: every term is taken relative to the
    largest (p > 0) or smallest (p < 0) entry, and expm1/log1p keep it exact as p goes to 0.

    Args:
        values: Shape (..., k), finite or NaN.
        p: The exponent, any number but NaN.
        weights: Shape (k,), above 0; None where all weigh the same.

    Returns:
        Shape (...).

    Raises:
        TreatmentError: If p is NaN.
    """
    _check_exponent(p)
    x = np.asarray(values, dtype=np.float64)
    present = ~np.isnan(x)
    undefined: NDArray[np.bool_] = np.asarray(
        outside_domain(x, p).any(axis=-1) | ~present.any(axis=-1)
    )
    # Ones stand in for what does not count: masked out of every sum, or in a row given up anyway.
    x = np.where(present & ~undefined[..., None], x, 1.0)
    present |= undefined[..., None]
    return np.where(undefined, np.nan, _defined_means(x, present, p, weights))


def outside_domain(values: NDArray[np.float64], p: float) -> NDArray[np.bool_]:
    """Return a mask of values outside the domain: ≤ 0 for p ≤ 0, < 0 for p > 0 except 1."""
    if p == 1:
        return np.zeros(values.shape, dtype=np.bool_)
    return values <= 0 if p <= 0 else values < 0


def _defined_means(
    x: NDArray[np.float64],
    present: NDArray[np.bool_],
    p: float,
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    count = (
        np.count_nonzero(present, axis=-1)
        if weights is None
        else np.sum(np.broadcast_to(weights, present.shape), axis=-1, where=present)
    )

    def average(terms: NDArray[np.float64]) -> NDArray[np.float64]:
        if weights is not None:
            terms = terms * weights
        return np.asarray(np.sum(terms, axis=-1, where=present) / count)

    if p == 1:
        return average(x)
    if abs(p) < 1e-100:  # p times a logarithm would lose its digits before it reaches the limit
        with np.errstate(divide="ignore"):  # a 0 under a tiny p > 0 has the limit 0
            return np.exp(average(np.log(x)))
    extreme: NDArray[np.float64] = (
        np.max(x, axis=-1, where=present, initial=-np.inf)
        if p > 0
        else np.min(x, axis=-1, where=present, initial=np.inf)
    )
    if math.isinf(p):
        return extreme
    if p == -1:
        return extreme / average(extreme[..., None] / x)
    scale = np.where(extreme == 0, 1.0, extreme)
    with np.errstate(divide="ignore"):  # ln 0 is −inf and comes out as the right limit, 0
        logs = np.where(present, np.log(x) - np.log(scale)[..., None], 0.0)
        relative = np.exp(np.log1p(average(np.expm1(p * logs))) / p)
    return extreme * relative


def _check_exponent(p: float) -> None:
    if math.isnan(p):
        raise TreatmentError("the exponent p of a power mean must be a number, not NaN")
