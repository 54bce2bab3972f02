"""The store's gate beside the locks of `filelock`: taken when free, and handed from hand to hand.

A free lock is taken and left 2,000 times by one process. A hand-over is the time from one process
leaving a lock to another, which waits for it, having it: 40 of them, each after 20 to 60 ms.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, ReadWriteLock

from benchmarks.table import Row
from db import gate
from db.deadline import Deadline

Take = Callable[[], AbstractContextManager[object]]

_TIMES = 2000
_HAND_OVERS = 40


def _sides(folder: Path) -> dict[str, dict[str, Take]]:
    """What is compared: by `writer` and `reader`, ours first."""
    store = folder / "store.duckdb"
    file, polled = folder / "file.lock", folder / "polled.lock"
    read_write = ReadWriteLock(str(folder / "read-write.lock"))
    return {
        "writer": {
            "gate": lambda: gate.exclusive(store, Deadline(60)),
            "FileLock": lambda: FileLock(file),
            "FileLock, asked every 3 ms": lambda: FileLock(polled, poll_interval=0.003),
            "ReadWriteLock": read_write.write_lock,
        },
        "reader": {
            "gate": lambda: gate.shared(store, Deadline(60)),
            "ReadWriteLock": read_write.read_lock,
        },
    }


def run(rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        for role, sides in _sides(Path(name)).items():
            best = dict.fromkeys(sides, float("inf"))
            for _ in range(rounds):
                for side, take in sides.items():
                    best[side] = min(best[side], _free(take))
            for side, seconds in best.items():
                note = f"{seconds / _TIMES * 1e6:.0f} µs each"
                yield Row(f"free lock, {role}", side, seconds, seconds / best["gate"], None, note)
        sides = _sides(Path(name))["writer"]
        waits = {side: _hand_overs(Path(name), side, take) for side, take in sides.items()}
        ours = sum(waits["gate"])
        for side, each in waits.items():
            note = f"median {sorted(each)[len(each) // 2] * 1e3:.2f} ms, most {max(each) * 1e3:.1f}"
            yield Row("hand-over", side, sum(each), sum(each) / ours, None, note)


def _free(take: Take) -> float:
    started = time.perf_counter()
    for _ in range(_TIMES):
        with take():
            pass
    return time.perf_counter() - started


def _hand_overs(folder: Path, side: str, take: Take) -> list[float]:
    waiter = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.file_locks", str(folder), side],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert waiter.stdin is not None
    assert waiter.stdout is not None
    waits = []
    for _ in range(_HAND_OVERS):
        with take():
            waiter.stdin.write("wait\n")
            waiter.stdin.flush()
            time.sleep(random.uniform(0.02, 0.06))  # noqa: S311 - no secret
            left = time.monotonic()
        # The clock is one for all processes of a machine.
        waits.append(float(waiter.stdout.readline()) - left)
    waiter.stdin.close()
    waiter.wait()
    waiter.stdout.close()
    return waits


def _wait(folder: Path, side: str) -> None:
    take = _sides(folder)["writer"][side]
    for _ in sys.stdin:
        with take():
            had = time.monotonic()
        print(had, flush=True)


if __name__ == "__main__":
    _wait(Path(sys.argv[1]), sys.argv[2])
