"""The same seeds give the same numbers: one thread on a CPU, plain float32 on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def repeatable() -> Iterator[None]:
    """Run the block so that it gives the same numbers again on the same kind of device.

    Convolutions on a GPU then take one algorithm, and no TF32: the encoder is in float32 as it
    says, where only the loss's precision is to differ. One thread on a CPU, as in `one_thread`.
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
    """Run the block on one thread; afterwards torch and the linear algebra have theirs again.

    More of them cost more than they bring where operations are small, and sums then have one
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
