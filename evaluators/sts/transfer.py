"""Copy between the host and a GPU without waiting: from and to pinned memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Vectors = dict[str, NDArray[np.floating]]


def to_device(array: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array as a tensor on a device; on a GPU, later work there waits for it."""
    tensor = torch.from_numpy(array)
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def to_host(tensors: Mapping[str, Tensor]) -> Callable[[], Vectors]:
    """Begin to copy tensors to the host; return a function that waits and returns them.

    The next batch is so handed to the GPU while this one is still computed.
    """
    first = next(iter(tensors.values()))
    if first.device.type != "cuda":
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        return lambda: arrays
    copies = {
        name: torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True).copy_(
            tensor, non_blocking=True
        )
        for name, tensor in tensors.items()
    }
    done = torch.cuda.Event()  # type: ignore[no-untyped-call]
    done.record(torch.cuda.current_stream(first.device))

    def wait() -> Vectors:
        done.synchronize()
        return {name: copy.numpy() for name, copy in copies.items()}

    return wait
