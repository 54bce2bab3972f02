"""Weights from data: non-negative least squares, then whole numbers over one denominator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 30


def robust_weights(
    x: NDArray[np.float64], y: NDArray[np.float64], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fit y ≈ x·w with w ≥ 0 so that a few corrupt rows do not count.

    Non-negative least squares (Lawson and Hanson), reweighted until it minimises absolute rather
    than squared differences, then once more over the rows that it fits.

    Args:
        x: (n, c) cells, no gaps.
        y: (n,) published averages.
        tolerance: Differences below it are as good as none.

    Returns:
        (c,) weights and (n,) which rows they were fitted to in the end: at least four fifths.
    """
    from scipy.optimize import nnls

    weights = nnls(x, y)[0]
    for _ in range(_ROUNDS):
        off = np.abs(x @ weights - y)
        if (off <= tolerance).all():
            break
        root = 1 / np.sqrt(np.maximum(off, tolerance))
        fitted = nnls(x * root[:, None], y * root)[0]
        if np.allclose(fitted, weights, rtol=0, atol=1e-9):
            break
        weights = fitted
    off = np.abs(x @ weights - y)
    # Away from the typical difference by far, and never more than a fifth of the rows.
    limit = max(tolerance, 4.5 * float(np.median(off)), float(np.quantile(off, 0.8)))
    kept = off <= limit
    return np.asarray(nnls(x[kept], y[kept])[0]), kept


def whole_numbers(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    denominator: int,
) -> NDArray[np.int64]:
    """Return whole numbers k ≥ 0 with x·k/denominator close to y in least squares.

    The rounded weights, improved by the best single step (one up, one down, or one moved from a
    column to another) until none helps: rounding alone fails where columns go together.

    Args:
        x: (n, c) cells.
        y: (n,) averages.
        weights: (c,) real weights to start from.
        denominator: What the k are divided by.
    """
    c = x.shape[1]
    k = np.rint(weights * denominator).astype(np.int64)
    wide = np.hstack([x, np.zeros((len(x), 1))]) / denominator  # the last one stands for nowhere
    gram = wide.T @ wide
    lengths = np.diag(gram)
    cost = lengths[:, None] + lengths - 2 * gram
    slope = 2 * (gram[:, :c] @ k - wide.T @ y)
    for _ in range(20 * (c + denominator)):
        change = slope[:, None] - slope + cost  # [to, from]
        change[:, :c][:, k == 0] = np.inf
        to, origin = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[to, origin] >= -1e-9:
            break
        slope += 2 * (gram[:, to] - gram[:, origin])
        if to < c:
            k[to] += 1
        if origin < c:
            k[origin] -= 1
    return k
