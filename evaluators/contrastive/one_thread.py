"""Make runs repeatable: one thread on a CPU, plain float32 on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def repeatable() -> Iterator[None]:
    """Run the block so that it gives the same numbers on the same kind of device.

    Convolutions on a GPU then use one algorithm and no TF32: arms must differ only in the loss's
    precision, so the encoder has to be in float32. One thread on a CPU, as in `one_thread`.
    """
    import torch

    with (
        one_thread(),
        torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ),
    ):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Run the block on one thread, and restore the threads of torch and BLAS afterwards.

    More threads cost more than they gain where operations are small. On one thread sums have one
    order, so that the same seeds give the same numbers to the last digit.
    """
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
