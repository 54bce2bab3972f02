"""Run the tests that need a GPU, then every measurement; write gpu.json and gpu.md.

python -m benchmarks.on_gpu [--device cuda] [--size full] [--to build/gpu] [--seconds 480]
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.on_gpu.table import markdown
from evaluators import discovery

PACKAGE = "benchmarks.on_gpu"
FIRST = ("fine_tuning", "encoding")
"""What is measured first, should time run out: they have targets."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a whole run.

    Attributes:
        rows: What was measured.
        problems: What failed or was not reached in time, one line each.
    """

    rows: Sequence[Measured]
    problems: Sequence[str]


def names() -> list[str]:
    """Return the measurements, in the order of their importance: files with `measure`."""
    files = [
        name
        for name in discovery.files(PACKAGE)
        if hasattr(discovery.load(PACKAGE, name), "measure")
    ]
    return [*FIRST, *(name for name in files if name not in FIRST)]


def measure_all(device: str, *, toy: bool, deadline: float) -> Outcome:
    """Run every measurement, one after the other; a failure ends only its own.

    Args:
        device: torch's name of the device.
        toy: Whether to try everything at sizes whose numbers mean nothing.
        deadline: Moment of `time.monotonic` after which no measurement begins.
    """
    rows: list[Measured] = []
    problems: list[str] = []
    measurements = names()
    gc.freeze()  # else each collection between measurements visits all that was imported
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(device, toy, Path(folder))
        for name in measurements:
            if time.monotonic() > deadline:
                problems.append(f"{name}: not measured, the time was over")
                continue
            try:
                for row in discovery.load(PACKAGE, name).measure(bench):
                    print(f"{row.work}: {row.side} {row.rate:,.0f} {row.unit}/s", flush=True)
                    rows.append(row)
            except Exception as error:  # the others must still be measured
                traceback.print_exc()
                problems.append(f"{name}: {type(error).__name__}: {error}"[:500])
            _free(device)
    return Outcome(rows, problems)


def _free(device: str) -> None:
    import torch

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def _tests(deadline: float) -> list[str]:
    """Run the tests marked gpu; return what failed, as lines."""
    files = [str(path) for path in sorted(Path("tests").rglob("test_*.py")) if _marked(path)]
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-p", "no:cacheprovider", *files]
    try:
        done = subprocess.run(command, timeout=max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return ["tests marked gpu: stopped, the time was over"]
    nothing = 5  # pytest's exit status where no test is selected
    return [] if done.returncode in (0, nothing) else [f"tests: exit status {done.returncode}"]


def _marked(path: Path) -> bool:
    """Return whether a file has tests for a GPU; others import what such a machine may lack."""
    return "mark.gpu" in path.read_text(encoding="utf-8")


def main() -> None:
    begun = time.monotonic()
    parser = argparse.ArgumentParser(prog=f"python -m {PACKAGE}", description=__doc__)
    parser.add_argument("--device", default="cuda", help="torch's name of the device")
    parser.add_argument("--size", choices=("full", "toy"), default="full")
    parser.add_argument("--to", type=Path, default=Path("build/gpu"), help="folder to write to")
    parser.add_argument("--seconds", type=float, default=480, help="when to begin nothing new")
    parser.add_argument("--no-tests", action="store_true", help="leave the tests out")
    options = parser.parse_args()
    _validate_device(parser, options.device)
    warnings.simplefilter("ignore")  # the peers' own
    logging.disable(logging.WARNING)
    problems: list[str] = []
    if not options.no_tests:
        problems += _tests(begun + options.seconds / 2)
    outcome = measure_all(
        options.device, toy=options.size == "toy", deadline=begun + options.seconds * 0.85
    )
    problems += [*outcome.problems, *(f"{row.work}: below its target" for row in _missed(outcome))]
    machine = f"{describe()}\ndevice     {_device_name(options.device)}"
    text = markdown(outcome.rows, problems, machine, size=options.size)
    options.to.mkdir(parents=True, exist_ok=True)
    content = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.splitlines(),
        "device": options.device,
        "size": options.size,
        "seconds": round(time.monotonic() - begun, 1),
        "rows": [asdict(row) for row in outcome.rows],
        "problems": problems,
    }
    (options.to / "gpu.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (options.to / "gpu.md").write_text(text, encoding="utf-8")
    print(text)
    toy = options.size == "toy"
    if outcome.problems or (problems and not toy):
        raise SystemExit(f"{len(problems)} problems: see {options.to / 'gpu.md'}")


def _missed(outcome: Outcome) -> list[Measured]:
    return [row for row in outcome.rows if row.missed]


def _validate_device(parser: argparse.ArgumentParser, device: str) -> None:
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        parser.error(f"device {device}: {str(error).splitlines()[0]}; try --device cpu --size toy")


def _device_name(device: str) -> str:
    import torch

    if not device.startswith("cuda"):
        return device
    properties = torch.cuda.get_device_properties(device)
    memory = f"{properties.total_memory / 2**30:.0f} GiB"
    return f"{properties.name}, {memory}, CUDA {torch.version.cuda}"


if __name__ == "__main__":
    main()
