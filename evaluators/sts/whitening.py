"""Whiten vectors, or transform them in another way that is fitted on sentences without labels.

`whiten`: Su, Cao, Liu and Ou, "Whitening Sentence Representations for Better Semantics and Faster
Retrieval", arXiv 2103.15316: mu = mean, C = covariance = U S U^T, W = U S^(-1/2), and the first k
columns of (x - mu) W are the vector at k dimensions. The others are also x -> (x - mu) W:

- `centre`: W = I;
- `standardise`: W = 1 / the standard deviation of each dimension (the z-score);
- `zca`: W = U S^(-1/2) U^T, the whitening that is closest to the vectors (Kessy, Lewin and Strimmer
  2018, "Optimal Whitening and Decorrelation"). On all dimensions its cosines are those of `whiten`;
- `remove-top-3`: W = I - U_3 U_3^T, without the three directions of largest variance (Mu and
  Viswanath 2018, "All-but-the-Top: Simple and Effective Postprocessing for Word Representations").

Small products and eigendecompositions run on one thread, in torch. numpy's BLAS starts a thread per
core for a 384 by 384 matrix, which cannot be changed. On a busy machine those threads wait for each
other: 435 ms for an eigendecomposition that takes one thread 25 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.errors import ScoreError

Floats = NDArray[np.float64]

FIT_SENTENCES = 5
"""Distinct sentences per dimension; with fewer, a whitening follows the sample it is fitted on."""

_SMALL = 1 << 35  # floating-point operations: some seconds on one core


class Transform(NamedTuple):
    """A fitted transform of d-dimensional vectors, x -> (x - mean) kernel.

    Attributes:
        mean: Shape (d,).
        kernel: Shape (d, kept); of `whiten` the columns stand by falling variance.
        distinct: Number of distinct sentences that it is fitted on.
        constant: Number of directions that are left out, as the fitted vectors do not vary in them.
    """

    mean: Floats
    kernel: Floats
    distinct: int
    constant: int = 0

    @property
    def rank(self) -> int:
        """The number of directions that are not left out."""
        return len(self.mean) - self.constant

    def __call__(self, vectors: NDArray[np.floating]) -> Floats:
        """Return (x - mean) kernel for each row, shape (n, kept), float64."""
        return product(vectors.astype(np.float64) - self.mean, self.kernel)


def fit_transform(name: str, vectors: NDArray[np.floating], counts: NDArray[np.intp]) -> Transform:
    """Fit a transform in float64, with the arguments and errors of `fit_whitening`.

    Args:
        name: `whiten`, `centre`, `standardise`, `zca` or `remove-top-N`.
        vectors: Distinct vectors, shape (m, d).
        counts: How often each vector occurs in the set that is fitted, shape (m,).
    """
    if name == "whiten":
        return fit_whitening(vectors, counts)
    if name == "centre":
        mean = _mean(vectors, counts)
        return Transform(mean, np.eye(len(mean)), len(vectors))
    if name == "standardise":
        return _fit_standardising(vectors, counts)
    mean, variances, axes = _principal_axes(vectors, counts)
    if name == "zca":
        whitening = product(axes / np.sqrt(variances), np.ascontiguousarray(axes.T))
        return Transform(mean, whitening, len(vectors), len(mean) - len(variances))
    top = int(name.removeprefix("remove-top-"))
    if top >= len(variances):
        raise ScoreError(
            f"{name} must leave a direction, but the vectors vary in {len(variances)} only: fit it"
            " on more sentences, or remove fewer"
        )
    largest = np.ascontiguousarray(axes[:, :top])
    rest = np.eye(len(mean)) - product(largest, np.ascontiguousarray(largest.T))
    return Transform(mean, rest, len(vectors))


def fit_whitening(vectors: NDArray[np.floating], counts: NDArray[np.intp]) -> Transform:
    """Fit a whitening in float64.

    The published W has no floor under the variances: with no more vectors than dimensions, or
    with a direction in which they do not vary, it divides by zero or by rounding noise (means of
    LayerNorm outputs always have one such direction). Those directions are left out.

    Args:
        vectors: Distinct vectors, shape (m, d).
        counts: How often each vector occurs in the set that is fitted, shape (m,).

    Raises:
        ScoreError: The vectors do not vary at all.
    """
    mean, variances, axes = _principal_axes(vectors, counts)
    kernel = axes / np.sqrt(variances)
    return Transform(mean, kernel, len(vectors), len(mean) - len(variances))


def _fit_standardising(vectors: NDArray[np.floating], counts: NDArray[np.intp]) -> Transform:
    mean = _mean(vectors, counts)
    squares = (vectors - mean) ** 2
    variances = np.einsum("i,ij->j", counts.astype(np.float64), squares) / max(counts.sum(), 1)
    # The mean of equal numbers is off by the rounding of their sum.
    unit = max(8 * float(np.finfo(vectors.dtype).eps), len(vectors) * np.finfo(np.float64).eps)
    varying = variances > (unit * np.abs(vectors).max(axis=0, initial=0.0)) ** 2
    _validate_varying(counts, varying)
    kernel = np.diag(1 / np.sqrt(np.where(varying, variances, 1.0)))[:, varying]
    constant = int((~varying).sum())
    return Transform(mean, np.ascontiguousarray(kernel), len(vectors), constant)


def _mean(vectors: NDArray[np.floating], counts: NDArray[np.intp]) -> Floats:
    total = max(int(counts.sum()), 1)
    mean: Floats = np.einsum("i,ij->j", counts.astype(np.float64), vectors) / total
    return mean


def _principal_axes(
    vectors: NDArray[np.floating], counts: NDArray[np.intp]
) -> tuple[Floats, Floats, Floats]:
    """Return the mean, and the variances and axes of the directions in which vectors vary.

    Returns:
        Shapes (d,), (rank,) and (d, rank), by falling variance.
    """
    total = int(counts.sum())
    mean = _mean(vectors, counts)
    centred = vectors - mean
    weights = counts.astype(np.float64)
    covariance = product((centred * weights[:, None]).T, centred) / max(total - 1, 1)
    variances, axes = eigh(covariance)  # of a covariance the same as its SVD, faster
    variances, axes = variances[::-1], axes[:, ::-1]
    varying = variances > _noise_floor(vectors, variances)
    _validate_varying(counts, varying)
    return mean, variances[varying], axes[:, varying]


def _validate_varying(counts: NDArray[np.intp], varying: NDArray[np.bool_]) -> None:
    if int(counts.sum()) < 2 or not varying.any():
        raise ScoreError("whitening needs vectors that vary: fit it on more sentences")


def _noise_floor(vectors: NDArray[np.floating], variances: Floats) -> float:
    """Return the variance that rounding alone can cause in a direction.

    There are two causes: the decomposition is exact to about max(m, d) float64 units of the largest
    variance, and the vectors themselves to some units of their own format (float32).
    """
    m, d = vectors.shape
    decomposition = max(m, d) * np.finfo(np.float64).eps * float(variances[0])
    unit = float(np.finfo(vectors.dtype).eps)
    scale = float(np.abs(vectors).max(initial=0.0))
    return float(max(decomposition, (8 * unit * scale) ** 2))


def product(a: NDArray[np.generic], b: Floats) -> Floats:
    """Return a @ b in float64, shapes (n, m) and (m, p)."""
    left, right = torch.from_numpy(a), torch.from_numpy(b)
    with _threads(2 * a.shape[0] * a.shape[1] * b.shape[1]):  # the cast takes threads too
        result: Floats = (left.to(torch.float64) @ right).numpy()
    return result


def eigh(symmetric: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues, rising, and eigenvectors as columns, of a symmetric (d, d) matrix."""
    with _threads(9 * len(symmetric) ** 3):
        values, vectors = torch.linalg.eigh(torch.from_numpy(symmetric))
    return values.numpy(), vectors.numpy()


@contextmanager
def _threads(operations: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if operations < _SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
