"""Find the largest statistic of all pairs of models under flipped signs, weighted or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float32]

_AT_ONCE = 1024
"""Flips whose shares are made at once: those of a row with a few hundred others fit a cache."""


def _of(values: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return rows of (n, R), not copied where they follow one another, as most of the time."""
    first, last = rows[0], rows[-1]
    return values[first : last + 1] if last - first + 1 == len(rows) else values[rows]


class Flips(Protocol):
    """All flips of the deviations of n models."""

    @property
    def means(self) -> NDArray[np.float32]:
        """(n, R) means of the flipped deviations."""

    def shares(self, i: int, rows: NDArray[np.intp], inverse: NDArray[np.float32]) -> Shares:
        """Return (m, R) shares d²/v of row i and m ≥ 1 rows, from their inverse variances."""

    def take(self, some: NDArray[np.intp]) -> Flips:
        """Return some of the R flips."""


@dataclass(frozen=True)
class EvenFlips:
    """Flips of deviations with equal weights, which leave the variance as it is.

    Attributes:
        means: (n, R) means of the flipped deviations.
    """

    means: NDArray[np.float32]

    def shares(self, i: int, rows: NDArray[np.intp], inverse: NDArray[np.float32]) -> Shares:
        """Return (m, R) shares d²/v."""
        shares: Shares = _of(self.means, rows) - self.means[i]
        shares *= shares
        shares *= inverse[:, None]
        return shares

    def take(self, some: NDArray[np.intp]) -> EvenFlips:
        """Return some of the R flips."""
        return EvenFlips(self.means.take(some, axis=1))


@dataclass(frozen=True)
class UnevenFlips:
    """Flips under weights, which change the variance too: v = q − 2·d·l + (1 + c)·d².

    Attributes:
        means: (n, R) weighted means d of the flipped deviations.
        linear: (n, R) their means l under the weights of the variance.
        squares: (n, n) means q of the squared deviations of pairs under these weights.
        total: The mean c of these weights.
    """

    means: NDArray[np.float32]
    linear: NDArray[np.float32]
    squares: NDArray[np.float32]
    total: float

    def shares(self, i: int, rows: NDArray[np.intp], inverse: NDArray[np.float32]) -> Shares:
        """Return (m, R) shares d²/v, whose variance follows from `squares`."""
        d: Shares = _of(self.means, rows) - self.means[i]
        variance = d * np.float32(1 + self.total)
        variance -= 2 * (_of(self.linear, rows) - self.linear[i])
        variance *= d
        variance += self.squares[i, rows][:, None]
        d *= d
        d /= variance
        return d

    def take(self, some: NDArray[np.intp]) -> UnevenFlips:
        """Return some of the R flips."""
        means, linear = (each.take(some, axis=1) for each in (self.means, self.linear))
        return replace(self, means=means, linear=linear)


def uneven_flips(
    deviations: NDArray[np.float64],
    signs: NDArray[np.float64],
    w: NDArray[np.float64],
    uneven: NDArray[np.float64],
) -> UnevenFlips:
    """Return the flips of deviations (n, k) under weights (k,), those of the variance `uneven`."""
    k = len(w)
    products = (deviations * uneven) @ deviations.T / k
    squares = np.diag(products)
    return UnevenFlips(
        means=(deviations @ (w[:, None] * signs)).astype(np.float32),
        linear=(deviations @ (uneven[:, None] * signs) / k).astype(np.float32),
        squares=(squares[:, None] + squares - 2 * products).astype(np.float32),
        total=float(uneven.mean()),
    )


def largest_shares(
    flips: Flips,
    inverse: NDArray[np.float32],
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> NDArray[np.float32]:
    """Return (R,) the largest d²/v over the pairs that are still open."""
    n, count = flips.means.shape
    largest = np.zeros(count, dtype=np.float32)
    rows = [i + 1 + np.flatnonzero(inverse[i, i + 1 :]) for i in range(n - 1)]
    for start in range(0, count, _AT_ONCE):
        some = np.arange(start, min(start + _AT_ONCE, count))
        few, own = flips.take(some), largest[start : start + _AT_ONCE]
        for i, others in enumerate(rows):
            if len(others):
                shares = few.shares(i, others, inverse[i, others])
                np.maximum(own, shares.max(axis=0), out=own)
        report(min(start + _AT_ONCE, count), count)
    return largest


def largest_of_fewer(
    flips: Flips, inverse: NDArray[np.float32], before: NDArray[np.float32], most: int
) -> NDArray[np.float32]:
    """Return what `largest_shares` does, where only the largest are right and others too large.

    With fewer pairs no flip has a larger share than `before`, so flips are looked at from the
    largest one down, until those that are left cannot be among the largest.

    Args:
        flips: All flips.
        inverse: (n, n) inverse variances; 0 for pairs that are no longer open.
        before: (R,) the largest shares when more pairs were open.
        most: How many of the largest must be right, at least 1.
    """
    order = np.argsort(-before, kind="stable")
    largest = before.copy()
    for start in range(0, len(order), most):
        done = order[:start]
        if start and np.partition(largest[done], -most)[-most] >= before[order[start]]:
            break
        some = order[start : start + most]
        largest[some] = largest_shares(flips.take(some), inverse)
    return largest
