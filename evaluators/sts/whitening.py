"""Whiten vectors: rotate and scale them so that their covariance becomes the identity.

Su, Cao, Liu and Ou, "Whitening Sentence Representations for Better Semantics and Faster
Retrieval", arXiv 2103.15316: mu = mean, C = covariance = U S U^T, W = U S^(-1/2), and the first k
columns of (x - mu) W are the vector at k dimensions.

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


class Whitening(NamedTuple):
    """A fitted whitening of d-dimensional vectors.

    Attributes:
        mean: Shape (d,).
        kernel: Shape (d, rank), columns by falling variance.
        distinct: Number of distinct sentences that it is fitted on.
    """

    mean: Floats
    kernel: Floats
    distinct: int

    @property
    def rank(self) -> int:
        """The number of dimensions that the fitted vectors span, the most that can be kept."""
        return int(self.kernel.shape[1])

    def __call__(self, vectors: NDArray[np.floating]) -> Floats:
        """Return (x - mean) W for each row, shape (n, rank), float64."""
        return product(vectors.astype(np.float64) - self.mean, self.kernel)


def fit_whitening(vectors: NDArray[np.floating], counts: NDArray[np.intp]) -> Whitening:
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
    total = int(counts.sum())
    weights = counts.astype(np.float64)
    mean = np.einsum("i,ij->j", weights, vectors) / max(total, 1)
    centred = vectors - mean
    covariance = product((centred * weights[:, None]).T, centred) / max(total - 1, 1)
    variances, axes = eigh(covariance)  # of a covariance the same as its SVD, faster
    variances, axes = variances[::-1], axes[:, ::-1]
    varying = variances > _noise_floor(vectors, variances)
    if total < 2 or not varying.any():
        raise ScoreError("whitening needs vectors that vary: fit it on more sentences")
    return Whitening(mean, axes[:, varying] / np.sqrt(variances[varying]), len(vectors))


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
