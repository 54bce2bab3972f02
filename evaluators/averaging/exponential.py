"""Find all real zeros of many sums of exponentials, f(p) = Σ w·exp(r·p), at once.

Descartes' rule of signs holds for them (Laguerre 1883): with the rates in order, f has at most as
many real zeros as its weights have changes of sign, and as many up to an even number. The proof is
also an algorithm. Between two neighbouring weights of different sign choose a number m and take

    d/dp [f(p)·exp(−m·p)] = exp(−m·p) · Σ w·(r − m)·exp(r·p):

a sum of the same kind with one change of sign fewer, whose zeros cut the line into pieces on each
of which f·exp(−m·p) is monotone, so that f has a zero in a piece exactly if its signs at the ends
differ. After as many steps as there are changes none is left and no zero either. Going back up
finds every zero; nothing depends on a grid being fine enough.

Where the weights sum to zero, f(p)/p = −∫ W(r)·exp(r·p) dr with W the running sum of the weights,
and the same rule bounds its zeros by the changes of sign of W, which are fewer: none where one
sorted list of bases is at least the other place by place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

SAME = 1e-12
"""Rates closer than this are one rate: the bases differ by rounding only."""

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Sums:
    """B sums of at most m exponentials.

    Attributes:
        rates: (B, m), ascending, with the unused terms last.
        weights: (B, m), 0 in unused terms.
        terms: (B,) how many terms are used; 0 for a sum that is zero everywhere.
        balanced: (B,) whether the weights sum to zero, which makes p = 0 a zero of f.
        cuts: (B, V) a rate between each two neighbouring weights of different sign, NaN-padded.
        most: (B,) a bound on the number of zeros, that of f(p)/p where the sum is balanced.
    """

    rates: Floats
    weights: Floats
    terms: Rows
    balanced: NDArray[np.bool_]
    cuts: Floats
    most: Rows

    @property
    def changes(self) -> Rows:
        """(B,) changes of sign: the number of steps that lead to a sum without zeros."""
        return np.asarray((~np.isnan(self.cuts)).sum(axis=1))

    def take(self, rows: Rows) -> Sums:
        """Return some of the sums."""
        return Sums(*(getattr(self, field.name)[rows] for field in fields(self)))

    def end_signs(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return the signs (B,) of Σ weights·exp(rates·p) as p goes to −inf and to inf."""
        last = np.maximum(self.terms - 1, 0)
        return np.sign(weights[:, 0]), np.sign(weights[np.arange(len(weights)), last])


def collect(rates: Floats, weights: Floats) -> Sums:
    """Return sums in normal form: rates ascending and distinct, no weight of zero.

    Args:
        rates: (B, m) finite.
        weights: (B, m); 0 for a missing term.
    """
    B, m = rates.shape
    # Sorted before anything is added, so that the same numbers in another order are the same sum.
    rates = np.where(weights != 0, rates, np.inf)
    order = np.argsort(rates, axis=1, kind="stable")
    rates = np.take_along_axis(rates, order, axis=1)
    weights = np.take_along_axis(weights, order, axis=1)
    present = weights != 0
    count = np.maximum(present.sum(axis=1), 1)
    # A common factor exp(middle·p) moves no zero and keeps the exponents small.
    rates -= (np.where(present, rates, 0.0).sum(axis=1) / count)[:, None]
    balanced = np.abs(weights.sum(axis=1)) <= 4 * _EPS * np.abs(weights).sum(axis=1)

    new = np.ones((B, m), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        new[:, 1:] = ~(np.diff(rates, axis=1) <= SAME)
    group = np.cumsum(new, axis=1) - 1 + m * np.arange(B)[:, None]
    summed = np.bincount(group.ravel(), weights.ravel(), minlength=B * m)
    merged = np.asarray(summed, dtype=np.float64).reshape(B, m)
    base = np.zeros(B * m)
    base[group[new]] = rates[new]
    base = base.reshape(B, m)
    merged[np.abs(merged) <= 4 * _EPS * np.abs(weights).max(axis=1, initial=0.0)[:, None]] = 0.0

    used = merged != 0
    packed = np.argsort(~used, axis=1, kind="stable")
    merged = np.take_along_axis(merged, packed, axis=1)
    base = np.where(merged != 0, np.take_along_axis(base, packed, axis=1), 0.0)
    cuts = _cuts(base, merged)
    bound = np.where(balanced, _running_changes(merged), (~np.isnan(cuts)).sum(axis=1))
    return Sums(base, merged, used.sum(axis=1), balanced, cuts, bound)


def _cuts(rates: Floats, weights: Floats) -> Floats:
    turns = np.sign(weights[:, :-1]) * np.sign(weights[:, 1:]) < 0
    between = np.where(turns, (rates[:, :-1] + rates[:, 1:]) / 2, np.nan)
    return np.sort(between, axis=1)[:, : int(turns.sum(axis=1).max(initial=0))]


def _running_changes(weights: Floats) -> Rows:
    """Return (B,) changes of sign of the running sums of weights, without their zeros."""
    running = np.cumsum(weights, axis=1)
    size = np.abs(weights).sum(axis=1, keepdims=True)
    sign = np.where(np.abs(running) > 1e-13 * size, np.sign(running), 0.0)
    order = np.argsort(sign == 0, axis=1, kind="stable")
    sign = np.take_along_axis(sign, order, axis=1)
    return np.asarray((sign[:, :-1] * sign[:, 1:] < 0).sum(axis=1))


def values(sums: Sums, weights: Floats, rows: Rows, p: Floats) -> tuple[Floats, Floats]:
    """Return Σ weights·exp(rates·p) at N points, up to a positive factor, and its error.

    Args:
        sums: B sums, which give the rates.
        weights: (B, m) weights on them.
        rows: (N,) the sum that each point belongs to.
        p: (N,) points.
    """
    w, exponents = weights[rows], sums.rates[rows] * p[:, None]
    top = np.max(exponents, axis=1, where=w != 0, initial=-np.inf, keepdims=True)
    return _summed(w * np.exp(np.minimum(exponents - top, 0.0)), p)


def quotients(sums: Sums, rows: Rows, p: Floats) -> tuple[Floats, Floats]:
    """Return f(p), divided by p where the sum is balanced, up to a positive factor.

    The quotient has no zero at p = 0 unless the slope of f there is zero too, and is exact near it.
    """
    value, error = values(sums, sums.weights, rows, p)
    balanced = sums.balanced[rows]
    value = np.where(balanced & (p < 0), -value, value)
    reach = np.abs(sums.rates[rows, np.maximum(sums.terms[rows] - 1, 0)])
    near = np.flatnonzero(balanced & (np.abs(p) * np.maximum(reach, 1e-300) < 1))
    q, r = p[near, None], sums.rates[rows[near]]
    safe = np.where(q == 0, 1.0, q)
    slopes = np.where(np.abs(q * r) < 1e-300, r, np.expm1(q * r) / safe)
    value[near], error[near] = _summed(sums.weights[rows[near]] * slopes, p[near])
    return value, error


def _summed(terms: Floats, p: Floats) -> tuple[Floats, Floats]:
    # Each exponent carries the rounding of a logarithm of about 5, times p.
    relative = _EPS * (8 + terms.shape[1] / 4 + 6 * np.abs(p))
    return terms.sum(axis=1), relative * np.abs(terms).sum(axis=1)


Evaluate = Callable[[Rows, Floats], tuple[Floats, Floats]]

_DOUBLINGS = 80  # 2^80 is beyond the point where the larger of two rates SAME apart dominates


@dataclass(frozen=True, eq=False)
class Zeros:
    """The zeros of B sums, without the trivial one of a balanced sum at p = 0.

    Attributes:
        crossed: (B, k) zeros where the sign changes, ascending and NaN-padded.
        touched: (B, k') zeros, up to rounding, where the sign stays, ascending and NaN-padded.
        start: (B,) the sign towards −inf.
    """

    crossed: Floats
    touched: Floats
    start: Floats


def find_zeros(sums: Sums) -> Zeros:
    """Find every zero of each sum, or of f(p)/p where the sum is balanced.

    A pair of zeros so close together that f stays below its rounding error between them counts as
    one that touches; every other zero is found, to about the last digits of p.
    """
    # With at most one zero the signs at both ends of the line suffice; no steps are needed.
    several = np.flatnonzero(sums.most > 1)
    turning = _turning_points(sums.take(several))
    zeros = np.full((len(sums.most), turning.shape[1]), np.nan)
    zeros[several] = turning

    at = partial(quotients, sums)
    low, high = sums.end_signs(sums.weights)
    low = np.where(sums.balanced, -low, low)
    with_zeros = sums.most > 0
    splits = np.concatenate([zeros, np.where(with_zeros, 0.0, np.nan)[:, None]], axis=1)
    crossed, flat = _crossed(at, _sorted(splits), (low, high), with_zeros)
    return Zeros(_snapped(at, crossed), _touching(at, flat, crossed), low)


def _turning_points(sums: Sums) -> Floats:
    """Return (B, s) points; between neighbours f·exp(−m·p) is monotone for some m."""
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
    """Return zeros between splits, and the splits where the value is below its error.

    Args:
        at: Function of rows and points that returns values and their errors.
        splits: (B, s), ascending and NaN-padded; at most one zero between two of them.
        ends: The signs (B,) towards −inf and inf.
        active: (B,) which rows count.
    """
    rows, columns = np.nonzero(~np.isnan(splits))
    value, error = at(rows, splits[rows, columns])
    known = np.abs(value) > error
    flat = np.full(splits.shape, np.nan)
    flat[rows[~known], columns[~known]] = splits[rows[~known], columns[~known]]

    # The points of known sign, row by row, with both ends of the line.
    active_rows = np.flatnonzero(active)
    row = np.concatenate([active_rows, rows[known], active_rows])
    p = np.concatenate(
        [
            np.full(len(active_rows), -np.inf),
            splits[rows, columns][known],
            np.full(len(active_rows), np.inf),
        ]
    )
    sign = np.concatenate([ends[0][active_rows], np.sign(value[known]), ends[1][active_rows]])
    order = np.lexsort((p, row))
    row, p, sign = row[order], p[order], sign[order]
    turn = np.flatnonzero((row[:-1] == row[1:]) & (sign[:-1] * sign[1:] < 0))
    crossed = _between(at, row[turn], p[turn], p[turn + 1], sign[turn], sign[turn + 1])
    return _padded(row[turn], crossed, len(splits)), _sorted(flat)


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

    result = elementwise.find_root(value, (low, high), args=(rows.astype(np.float64),), maxiter=300)
    return np.asarray(result.x)


def _reach(at: Evaluate, rows: Rows, start: Floats, end_signs: Floats, direction: float) -> Floats:
    """Return points beyond `start` that already have the sign of that end of the line."""
    start = np.where(np.isfinite(start), start, 0.0)
    p = start.copy()
    missing = np.arange(len(rows))
    for k in range(_DOUBLINGS):
        p[missing] = start[missing] + direction * 2.0**k
        value, error = at(rows[missing], p[missing])
        missing = missing[~((np.abs(value) > error) & (np.sign(value) == end_signs[missing]))]
        if not len(missing):
            break
    return p


def _snapped(at: Evaluate, crossed: Floats) -> Floats:
    """Move a zero to the nearest whole number if f is zero there too, up to rounding."""
    rows, columns = np.nonzero(np.abs(crossed - np.round(crossed)) < 1e-6)
    whole = np.round(crossed[rows, columns]) + 0.0
    value, error = at(rows, whole)
    exact = np.abs(value) <= error
    crossed = crossed.copy()
    crossed[rows[exact], columns[exact]] = whole[exact]
    return crossed


def _touching(at: Evaluate, flat: Floats, crossed: Floats) -> Floats:
    """Return the points of `flat` that are not at a crossing."""
    if not flat.shape[1] or not crossed.shape[1]:
        return flat
    gap = np.abs(flat[:, :, None] - crossed[:, None, :])
    rows, columns = np.nonzero(~np.isnan(flat))
    middle = (flat[:, :, None] + crossed[:, None, :]) / 2
    touched = flat.copy()
    for i, k in zip(rows.tolist(), columns.tolist(), strict=True):
        near = np.flatnonzero(~np.isnan(gap[i, k]))
        value, error = at(np.full(len(near), i, dtype=np.intp), middle[i, k, near])
        if (np.abs(value) <= error).any():  # nothing but rounding lies between the two
            touched[i, k] = np.nan
    return _sorted(touched)


def _padded(rows: Rows, points: Floats, B: int) -> Floats:
    """Return the points of each row as (B, k), NaN-padded; `rows` must be ascending."""
    count = np.bincount(rows, minlength=B)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    padded = np.full((B, int(count.max(initial=0))), np.nan)
    padded[rows, place] = points
    return _sorted(padded)


def _sorted(padded: Floats) -> Floats:
    padded = np.sort(padded, axis=1)
    return padded[:, : int((~np.isnan(padded)).sum(axis=1).max(initial=0))]
