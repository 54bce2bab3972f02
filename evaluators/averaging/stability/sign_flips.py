"""Find the largest statistic of all pairs of models under flipped signs, weighted or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float32]


class Flips(Protocol):
    """All flips of the deviations of n models."""

    @property
    def means(self) -> NDArray[np.float32]:
        """(n, R) means of the flipped deviations."""

    def shares(self, i: int, rows: NDArray[np.intp], inverse: NDArray[np.float32]) -> Shares:
        """Return (m, R) shares d²/v of row i and some m rows, from their inverse variances."""


@dataclass(frozen=True)
class EvenFlips:
    """Flips of deviations with equal weights, which leave the variance as it is.

    Attributes:
        means: (n, R) means of the flipped deviations.
    """

    means: NDArray[np.float32]

    def shares(self, i: int, rows: NDArray[np.intp], inverse: NDArray[np.float32]) -> Shares:
        """Return (m, R) shares d²/v."""
        shares: Shares = self.means[rows] - self.means[i]
        shares *= shares
        shares *= inverse[:, None]
        return shares


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
        d: Shares = self.means[rows] - self.means[i]
        variance = d * np.float32(1 + self.total)
        variance -= 2 * (self.linear[rows] - self.linear[i])
        variance *= d
        variance += self.squares[i, rows][:, None]
        d *= d
        d /= variance
        return d


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
    report: Callable[[int, int], None],
) -> NDArray[np.float32]:
    """Return (R,) the largest d²/v over the pairs that are still open."""
    n = len(flips.means)
    largest = np.zeros(flips.means.shape[1], dtype=np.float32)
    for i in range(n - 1):
        rows = i + 1 + np.flatnonzero(inverse[i, i + 1 :])
        if len(rows):
            np.maximum(largest, flips.shares(i, rows, inverse[i, rows]).max(axis=0), out=largest)
        report(i + 1, n - 1)
    return largest
