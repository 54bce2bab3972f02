"""What the tests of all runners look at: the events that workers note."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def events_of(log: Path, event: str) -> list[dict[str, Any]]:
    """Return the events of a kind in a log, oldest first."""
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8").split("\n")[:-1]  # the last one may be incomplete
    return [found for line in lines if (found := json.loads(line))["event"] == event]


def started_jobs(log: Path) -> list[tuple[str, int]]:
    """Return the jobs that were begun, each with its process."""
    return [(event["job"], event["pid"]) for event in events_of(log, "job_started")]


def wait_for(
    happened: Callable[[], object], run: subprocess.Popen[str], seconds: float = 600
) -> None:
    """Wait until something is the case, while a plan run goes on."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
