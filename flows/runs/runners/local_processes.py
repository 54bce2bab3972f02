"""Run worker processes on this machine, one for each of several devices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, cast

from flows.runs.runners import Crew
from flows.runs.worker_link import Call

_WIND_UP = 10.0
"""Seconds that a process which has said that nothing is left may take to end."""


class LocalProcesses:
    """Worker processes on devices of this machine.

    Args:
        devices: Torch devices, as `cuda:0`; one may occur several times.
    """

    elsewhere = False
    own_groups = False

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = devices

    def count(self, jobs: int, groups: int) -> int:
        """Return the number of devices, or of jobs."""
        return min(jobs, len(self._devices))

    @contextmanager
    def workers(self, call: Call, crew: Crew) -> Iterator[_Processes]:
        """Start a process for each device."""
        threads = str(max(1, (os.cpu_count() or 1) // crew.count))
        processes = _Processes(self._devices)
        try:
            for place in range(crew.count):
                child = subprocess.Popen(
                    [sys.executable, "-m", "flows.runs.worker_process"],
                    stdin=subprocess.PIPE,
                    stdout=2,  # standard output is the plan run's own
                    text=True,
                    env={
                        "OMP_NUM_THREADS": threads,
                        **os.environ,
                        "RANKCHECK_DEVICE": self._devices[place],
                    },
                )
                processes.children.append(child)
                # Not among its arguments, which every user of the machine can read.
                with suppress(BrokenPipeError), cast("IO[str]", child.stdin) as stdin:
                    stdin.write(json.dumps([call, place]) + "\n")
            yield processes
        finally:
            for place, child in enumerate(processes.children):
                with suppress(subprocess.TimeoutExpired):
                    child.wait(_WIND_UP if place in crew.finished else 0)
                if child.poll() is None:
                    child.terminate()
            for child in processes.children:
                child.wait()


class _Processes:
    """The started processes."""

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = devices
        self.children: list[subprocess.Popen[str]] = []

    def ended(self) -> dict[int, str]:
        """Return the exit statuses of those that ended."""
        return {
            place: f"the process on {self._devices[place]} ended with status {status}"
            for place, child in enumerate(self.children)
            if (status := child.poll()) is not None
        }
