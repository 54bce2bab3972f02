"""All real zeros of sums of exponentials, f(p) = Σ w·exp(r·p), many sums at once.

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

from dataclasses import dataclass, fields

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
        rates: (B, m), ascending; in the order of the line, with the unused terms last.
        weights: (B, m), 0 in unused terms.
        terms: (B,) how many terms are used; 0 for a sum that is zero everywhere.
        balanced: (B,) whether the weights sum to zero, which makes p = 0 a zero of f.
        cuts: (B, V) a number between each two neighbours of different sign, NaN-padded.
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
        """(B,): changes of sign, as many steps lead to a sum without zeros."""
        return np.asarray((~np.isnan(self.cuts)).sum(axis=1))

    def take(self, rows: Rows) -> Sums:
        """Return some of the sums."""
        return Sums(*(getattr(self, field.name)[rows] for field in fields(self)))

    def end_signs(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return the signs (B,) of Σ weights·exp(rates·p) as p goes to −inf and to inf."""
        last = np.maximum(self.terms - 1, 0)
        return np.sign(weights[:, 0]), np.sign(weights[np.arange(len(weights)), last])


def collect(rates: Floats, weights: Floats) -> Sums:
    """Return sums in normal form: rates in order and distinct, no weight of zero.

    Args:
        rates: (B, m) finite.
        weights: (B, m); 0 for a term that is not there.
    """
    B, m = rates.shape
    present = weights != 0
    count = np.maximum(present.sum(axis=1), 1)
    middle = np.where(present, rates, 0.0).sum(axis=1) / count
    # A common factor exp(middle·p) moves no zero and keeps the exponents small.
    rates = np.where(present, rates - middle[:, None], np.inf)
    order = np.argsort(rates, axis=1, kind="stable")
    rates = np.take_along_axis(rates, order, axis=1)
    weights = np.take_along_axis(weights, order, axis=1)
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
    most = np.where(balanced, _running_changes(merged), (~np.isnan(cuts)).sum(axis=1))
    return Sums(base, merged, used.sum(axis=1), balanced, cuts, most)


def _cuts(rates: Floats, weights: Floats) -> Floats:
    turns = np.sign(weights[:, :-1]) * np.sign(weights[:, 1:]) < 0
    between = np.where(turns, (rates[:, :-1] + rates[:, 1:]) / 2, np.nan)
    return np.sort(between, axis=1)[:, : int(turns.sum(axis=1).max(initial=0))]


def _running_changes(weights: Floats) -> Rows:
    """Return (B,): the changes of sign of the running sums of weights, zeros passed over."""
    running = np.cumsum(weights, axis=1)
    size = np.abs(weights).sum(axis=1, keepdims=True)
    sign = np.where(np.abs(running) > 1e-13 * size, np.sign(running), 0.0)
    order = np.argsort(sign == 0, axis=1, kind="stable")
    sign = np.take_along_axis(sign, order, axis=1)
    return np.asarray((sign[:, :-1] * sign[:, 1:] < 0).sum(axis=1))


def values(sums: Sums, weights: Floats, rows: Rows, p: Floats) -> tuple[Floats, Floats]:
    """Return Σ weights·exp(rates·p) at N points, up to a positive factor, and its uncertainty.

    Args:
        sums: B sums, which give the rates.
        weights: (B, m) weights on them.
        rows: (N,) which sum each point is for.
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
