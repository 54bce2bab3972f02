"""Where sums of exponentials change sign: the zeros of each, all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.exponential import Floats, Rows, Sums, quotients, values

Evaluate = Callable[[Rows, Floats], tuple[Floats, Floats]]

_DOUBLINGS = 80  # 2^80 is beyond where the last of two rates SAME apart takes over


@dataclass(frozen=True, eq=False)
class Zeros:
    """The zeros of B sums, the trivial one of a balanced sum at p = 0 taken out.

    Attributes:
        crossed: (B, k), ascending and NaN-padded: where the sign changes.
        touched: (B, k'), likewise: where it is zero, to rounding, and keeps its sign.
        start: (B,) the sign towards −inf.
    """

    crossed: Floats
    touched: Floats
    start: Floats


def find_zeros(sums: Sums) -> Zeros:
    """Return every zero of each sum, or of f(p)/p where the sum is balanced.

    A pair of zeros so close together that f stays below its rounding between them is one that
    touches; every other zero is found, to about the last digits of p.
    """
    # With at most one zero the signs at both ends of the line say all that the steps would.
    several = np.flatnonzero(sums.most > 1)
    turning = _turning_points(sums.take(several))
    zeros = np.full((len(sums.most), turning.shape[1]), np.nan)
    zeros[several] = turning

    at = partial(quotients, sums)
    low, high = sums.end_signs(sums.weights)
    low = np.where(sums.balanced, -low, low)
    some = sums.most > 0
    splits = np.concatenate([zeros, np.where(some, 0.0, np.nan)[:, None]], axis=1)
    crossed, flat = _crossed(at, _sorted(splits), (low, high), some)
    return Zeros(_snapped(at, crossed), _touching(at, flat, crossed), low)


def _turning_points(sums: Sums) -> Floats:
    """Return (B, s): points between each two of which f·exp(−m·p) is monotone for some m."""
    steps = sums.changes
    weights = [sums.weights]
    for cut in sums.cuts.T[:, :, None]:
        factors = np.where(np.isnan(cut), 1.0, sums.rates - cut)
        scaled = weights[-1] * factors
        weights.append(scaled / np.maximum(np.abs(scaled).max(axis=1, keepdims=True), 1e-300))
    zeros = np.full((len(steps), 0), np.nan)
    for level in range(len(weights) - 2, 0, -1):
        active = steps > level
        splits = np.where(active[:, None], zeros, np.nan)
        at = partial(values, sums, weights[level])
        crossed, flat = _crossed(at, splits, sums.end_signs(weights[level]), active)
        zeros = _sorted(np.concatenate([crossed, flat], axis=1))
    return zeros


def _crossed(
    at: Evaluate, splits: Floats, ends: tuple[Floats, Floats], active: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return where the sign changes between splits, and the splits where it is too small to tell.

    Args:
        at: The value of row i at p, and how uncertain it is.
        splits: (B, s), ascending and NaN-padded; at most one zero between two of them.
        ends: The signs (B,) towards −inf and inf.
        active: (B,) which rows count.
    """
    rows, where = np.nonzero(~np.isnan(splits))
    value, error = at(rows, splits[rows, where])
    known = np.abs(value) > error
    flat = np.full(splits.shape, np.nan)
    flat[rows[~known], where[~known]] = splits[rows[~known], where[~known]]

    # The points of known sign, row after row, with both ends of the line.
    every = np.flatnonzero(active)
    row = np.concatenate([every, rows[known], every])
    p = np.concatenate(
        [np.full(len(every), -np.inf), splits[rows, where][known], np.full(len(every), np.inf)]
    )
    sign = np.concatenate([ends[0][every], np.sign(value[known]), ends[1][every]])
    order = np.lexsort((p, row))
    row, p, sign = row[order], p[order], sign[order]
    turn = np.flatnonzero((row[:-1] == row[1:]) & (sign[:-1] * sign[1:] < 0))
    found = _between(at, row[turn], p[turn], p[turn + 1], sign[turn], sign[turn + 1])
    return _padded(row[turn], found, len(splits)), _sorted(flat)


def _between(
    at: Evaluate, rows: Rows, low: Floats, high: Floats, left: Floats, right: Floats
) -> Floats:
    from scipy.optimize import elementwise

    if not len(rows):
        return np.empty(0)
    low = np.where(np.isinf(low), _reach(at, rows, high, left, -1.0), low)
    high = np.where(np.isinf(high), _reach(at, rows, low, right, 1.0), high)

    def value(p: Floats, row: Floats) -> Floats:
        return at(row.astype(np.intp), p)[0]

    found = elementwise.find_root(value, (low, high), args=(rows.astype(np.float64),), maxiter=300)
    return np.asarray(found.x)


def _reach(at: Evaluate, rows: Rows, start: Floats, wanted: Floats, way: float) -> Floats:
    """Return points beyond `start` that have the sign of that end of the line."""
    start = np.where(np.isfinite(start), start, 0.0)
    p = start.copy()
    missing = np.arange(len(rows))
    for k in range(_DOUBLINGS):
        p[missing] = start[missing] + way * 2.0**k
        value, error = at(rows[missing], p[missing])
        missing = missing[~((np.abs(value) > error) & (np.sign(value) == wanted[missing]))]
        if not len(missing):
            break
    return p


def _snapped(at: Evaluate, crossed: Floats) -> Floats:
    """Move a zero to the whole number beside it where f is zero there, to rounding, too."""
    rows, where = np.nonzero(np.abs(crossed - np.round(crossed)) < 1e-6)
    whole = np.round(crossed[rows, where]) + 0.0
    value, error = at(rows, whole)
    exact = np.abs(value) <= error
    crossed = crossed.copy()
    crossed[rows[exact], where[exact]] = whole[exact]
    return crossed


def _touching(at: Evaluate, flat: Floats, crossed: Floats) -> Floats:
    """Return the points of `flat` that lie at no crossing."""
    if not flat.shape[1] or not crossed.shape[1]:
        return flat
    gap = np.abs(flat[:, :, None] - crossed[:, None, :])
    rows, where = np.nonzero(~np.isnan(flat))
    middle = (flat[:, :, None] + crossed[:, None, :]) / 2
    touched = flat.copy()
    for i, k in zip(rows.tolist(), where.tolist(), strict=True):
        near = np.flatnonzero(~np.isnan(gap[i, k]))
        value, error = at(np.full(len(near), i, dtype=np.intp), middle[i, k, near])
        if (np.abs(value) <= error).any():  # nothing but rounding lies between the two
            touched[i, k] = np.nan
    return _sorted(touched)


def _padded(rows: Rows, found: Floats, B: int) -> Floats:
    """Return (B, k): what was found for each row, rows ascending, NaN-padded."""
    count = np.bincount(rows, minlength=B)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    padded = np.full((B, int(count.max(initial=0))), np.nan)
    padded[rows, place] = found
    return _sorted(padded)


def _sorted(padded: Floats) -> Floats:
    padded = np.sort(padded, axis=1)
    return padded[:, : int((~np.isnan(padded)).sum(axis=1).max(initial=0))]
