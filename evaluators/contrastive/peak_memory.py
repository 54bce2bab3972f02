"""The largest memory that a piece of work took: of the GPU it ran on, or of the process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def watch(device: torch.device) -> Callable[[], int | None]:
    """Begin to watch; the function that comes back returns the peak in bytes since then.

    On a GPU it is what torch had allocated on it; on a CPU the resident memory of the whole
    process, which Linux alone tells (None elsewhere).

    Args:
        device: Where the work runs.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return lambda: int(torch.cuda.max_memory_allocated(device))
    try:
        _RESET.write_text("5", encoding="ascii")  # the process's own high-water mark begins anew
    except OSError:
        return lambda: None
    return _high_water


def _high_water() -> int | None:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
