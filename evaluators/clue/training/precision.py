"""`accelerate` for one job at a time: its settings are of the process, ours are of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from evaluators.errors import TrainingError

PRECISIONS = {"float32": "no", "bfloat16": "bf16"}


@contextmanager
def accelerator(device: torch.device, dtype: str) -> Iterator[Any]:
    """Yield an `Accelerator` that computes in `dtype` on `device`; the process is as before after.

    Args:
        device: Where the model is already.
        dtype: A key of `PRECISIONS`; forward passes compute in it, weights stay in float32.

    Raises:
        TrainingError: No such precision.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    if dtype not in PRECISIONS:
        raise TrainingError(f"dtype {dtype!r}: training takes {' or '.join(PRECISIONS)}")
    # It refuses another precision than the first job's unless its state is cleared.
    AcceleratorState._reset_state(reset_partial_state=True)
    try:
        yield Accelerator(
            cpu=device.type == "cpu", mixed_precision=PRECISIONS[dtype], device_placement=False
        )
    finally:
        AcceleratorState._reset_state(reset_partial_state=True)
