"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "sentence-transformers",
    "mteb",
    "numpy",
    "scipy",
    "pandas",
)


def describe() -> str:
    """Return the machine, its load and the libraries, one fact a line."""
    import torch

    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return "\n".join(
        [
            f"processor  {_processor()}, {os.cpu_count()} cores, {platform.machine()}",
            f"threads    torch {torch.get_num_threads()}, vectors "
            f"{torch.backends.cpu.get_cpu_capability()}",
            f"load       {load} (1, 5, 15 minutes; timings beside other work are noisy)",
            "libraries  " + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        ]
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
