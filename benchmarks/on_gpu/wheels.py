"""Collect the wheels that a machine with PyTorch and without a package index still needs.

python -m benchmarks.on_gpu.wheels [--to wheels] [--python 3.12] [--there numpy scipy …]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOTS = (
    "accelerate",
    "hypothesis",
    "packaging",
    "pydantic",
    "pytest",
    "pytest-timeout",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "transformers",
)
"""What the measurements and the tests marked gpu import, beside torch."""

_TORCH = frozenset({"torch", "triton", "setuptools"})
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64")
_OLD_PLATFORMS = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux_2_12_x86_64")


def needed(there: Collection[str] = ()) -> dict[str, str]:
    """Return the version by name of every package that `ROOTS` need, as installed here.

    Args:
        there: Packages that the machine has; their own requirements are left out too.
    """
    left_out = {canonicalize_name(name) for name in there} | _TORCH
    found: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in ROOTS]
    while waiting:
        name, extra = waiting.pop()
        key = canonicalize_name(name)
        if key in left_out or key.startswith("nvidia-") or (key, extra) in done:
            continue
        done.add((key, extra))
        try:
            package = distribution(name)
        except PackageNotFoundError:  # optional, and not used here either
            continue
        found[key] = package.version
        for requirement in map(Requirement, package.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                waiting += [(requirement.name, each) for each in ("", *requirement.extras)]
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.on_gpu.wheels", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("wheels"), help="folder to write to")
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    parser.add_argument("--python", default=own, help="version of the machine's Python")
    parser.add_argument("--there", nargs="*", default=[], help="packages that the machine has")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    exact = [f"{name}=={version}" for name, version in needed(options.there).items()]
    platforms = [part for name in (*_PLATFORMS, *_OLD_PLATFORMS) for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    target = ["--python-version", options.python, "--implementation", "cp", *platforms]
    into = ["--only-binary=:all:", "--dest", str(options.to)]
    subprocess.run([*command, *target, *into, *exact], check=True)
    size = sum(file.stat().st_size for file in options.to.glob("*.whl"))
    print(f"{len(exact)} wheels, {size / 2**20:.0f} MiB, in {options.to}")


if __name__ == "__main__":
    main()
