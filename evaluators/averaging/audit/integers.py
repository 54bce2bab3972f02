"""Fit weights by non-negative least squares, then by whole numbers over a denominator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.additive import expected

_KEPT = 0.8
_OUTLYING = 8.0
_STARTS = 150
_STEPS = 3
_WORK = 4e6


def robust_weights(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tolerance: float,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fit y ≈ x·w with w ≥ 0, where up to a fifth of the rows may be corrupt.

    Non-negative least squares (Lawson and Hanson) under least trimmed squares (Rousseeuw and Van
    Driessen): from all rows, from those without an outlying cell, and from small random samples,
    each refitted a few times to the four fifths of the rows that it fits best. A single cell
    filled with 0 is too far out for weighting by residual to notice: it pulls the fit to itself.

    Args:
        x: (n, c) cells, no gaps.
        y: (n,) published averages.
        tolerance: Largest difference that counts as agreement.
        generator: Generator of the samples; they matter only where rows are corrupt.

    Returns:
        (c,) weights, and (n,) the rows of the final fit.
    """
    from scipy.optimize import nnls

    n, c = x.shape
    size = min(n, max(c + 1, int(np.ceil(_KEPT * n))))
    best: tuple[int, float] = (-1, 0.0)
    weights = np.zeros(c)
    for rows in _starts(x, generator):
        fitted = nnls(x[rows], y[rows])[0]
        for _ in range(_STEPS):
            nearest = np.argsort(np.abs(x @ fitted - y), kind="stable")[:size]
            fitted = nnls(x[nearest], y[nearest])[0]
        residuals = np.abs(x @ fitted - y)
        score = (int((residuals <= tolerance).sum()), -float(np.sort(residuals)[:size].sum()))
        if score > best:
            best, weights = score, fitted
        if best[0] == n:
            break
    residuals = np.abs(x @ weights - y)
    limit = max(tolerance, 4.5 * float(np.median(residuals)), float(np.quantile(residuals, 0.5)))
    inliers = residuals <= limit
    return np.asarray(nnls(x[inliers], y[inliers])[0]), inliers


def _starts(x: NDArray[np.float64], generator: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    n, c = x.shape
    yield np.arange(n)
    clean = np.flatnonzero(
        (expected(x, max(float(np.abs(x).max()), 1e-6)).distance(x) <= _OUTLYING).all(axis=1)
    )
    if c < len(clean) < n:
        yield clean
    size = min(c + 2, n - 1)
    pool = clean if len(clean) > size else np.arange(n)
    for _ in range(int(np.clip(_WORK / (n * c), 5, _STARTS)) if size > 0 else 0):
        yield generator.choice(pool, size, replace=False)


def whole_numbers(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    denominator: int,
) -> NDArray[np.int64]:
    """Return whole numbers k ≥ 0 with x·k/denominator close to y in least squares.

    The rounded weights, improved by the best single step (one up, one down, or one moved from a
    column to another) until none helps: rounding alone fails where columns are correlated.

    Args:
        x: (n, c) cells.
        y: (n,) averages.
        weights: (c,) real weights to start from.
        denominator: Common denominator of the k.
    """
    c = x.shape[1]
    k = np.rint(weights * denominator).astype(np.int64)
    wide = (
        np.hstack([x, np.zeros((len(x), 1))]) / denominator
    )  # last column: a step to or from nowhere
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
