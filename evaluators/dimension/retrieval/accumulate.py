"""Matrix products of small depth added in place, where the time of a scan goes."""

from __future__ import annotations

from torch import Tensor


def add_product(total: Tensor, left: Tensor, right: Tensor, *, fresh: bool) -> None:
    """Add left^T right to `total`, or store it there.

    On the CPU by scipy's OpenBLAS: at a depth of 10 it adds 5 times as fast as torch's product
    on AMD, and it writes to `total` without another copy.

    Args:
        total: Shape (q, m), contiguous, float32; changed.
        left: Shape (k, q), contiguous.
        right: Shape (k, m), contiguous.
        fresh: Whether what `total` holds is to be forgotten.
    """
    if total.is_cuda:
        total.addmm_(left.T, right, beta=0.0 if fresh else 1.0)
        return
    from scipy.linalg.blas import sgemm

    if fresh:
        total.zero_()  # sgemm with beta 0 may leave NaN from memory never written
    sgemm(
        1.0,
        right.numpy().T,  # Fortran order: nothing is copied
        left.numpy().T,
        1.0,
        total.numpy().T,
        trans_b=True,
        overwrite_c=True,
    )
