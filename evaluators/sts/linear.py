"""Float64 matrix products and eigenvectors, on one thread while they are small.

numpy's BLAS starts a thread a core for a 384 by 384 matrix and cannot be told otherwise. Beside
other work those threads wait for one another: 435 ms for an eigendecomposition that takes one
thread 25 ms. torch's can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SMALL = 1 << 35  # floating-point operations: some seconds on one core


def product(a: NDArray[np.generic], b: Floats) -> Floats:
    """Return a @ b in float64, shapes (n, m) and (m, p)."""
    left, right = torch.from_numpy(a), torch.from_numpy(b)
    with _threads(2 * a.shape[0] * a.shape[1] * b.shape[1]):  # the cast takes threads too
        found: Floats = (left.to(torch.float64) @ right).numpy()
    return found


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
