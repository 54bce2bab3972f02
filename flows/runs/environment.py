"""Describe the environment of a score without importing torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

import psutil

from evaluators.digest import sha256_json

# Only the libraries that can change a score.
LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "scipy", "datasets")


@dataclass(frozen=True)
class Environment:
    """Everything outside a job that can change its numbers.

    Attributes:
        libraries: Version of each library that can change a score, and of Python.
        machine: Processor, cores, memory, operating system.
        accelerators: GPUs with their driver.
    """

    libraries: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    accelerators: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of all fields."""
        return sha256_json(self.to_json())

    def to_json(self) -> dict[str, dict[str, str]]:
        """Return the fields as plain JSON."""
        return {
            "libraries": dict(self.libraries),
            "machine": dict(self.machine),
            "accelerators": dict(self.accelerators),
        }


@cache
def environment() -> Environment:
    """Return this process's environment, which is read once."""
    return Environment(
        libraries={"python": platform.python_version(), **_versions()},
        machine={
            "processor": _processor(),
            "cores": str(len(os.sched_getaffinity(0)) if _has_affinity() else os.cpu_count()),
            "memory_gib": str(round(psutil.virtual_memory().total / 2**30)),
            "system": f"{platform.system()} {platform.machine()}",
        },
        accelerators=_accelerators(),
    )


def changes(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Return the differences between two recorded environments, one line each."""
    differences = []
    for group in sorted({*before, *after}):
        old, new = before.get(group, {}), after.get(group, {})
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                differences.append(f"{name}: {old.get(name, 'absent')} → {new.get(name, 'absent')}")
    return differences


def _versions() -> dict[str, str]:
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            versions[library] = "absent"
    return versions


def _has_affinity() -> bool:
    return hasattr(os, "sched_getaffinity")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _accelerators() -> dict[str, str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {}
    try:
        answer = subprocess.run(
            [tool, "--query-gpu=index,name,memory.total,driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    gpus = {}
    for line in answer.stdout.splitlines():
        index, _, description = line.partition(",")
        gpus[f"gpu{index.strip()}"] = description.strip()
    return gpus
