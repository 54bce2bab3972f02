"""Workers as Ray tasks on three nodes, one of which dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from tests.flows.home import ROOT, Home
from tests.flows.runs.runners.workers import started_jobs, wait_for

NewHome = Callable[..., Home]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PLAN = """\
name: test
checkpoints:
  - {name: one, source: "small-bert://1x16?heads=2"}
  - {name: two, source: "small-bert://1x16?heads=2&seed=1"}
  - {name: three, source: "small-bert://1x16?heads=2&seed=2"}
evaluations:
  - evaluator: sts
    tasks: [SampleEN, SampleZH]
    poolings: [cls, last-mean]
    whitening: [none]
"""


@contextmanager
def cluster(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.runs.runners.ray_cluster"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**environment, "RAY_USAGE_STATS_ENABLED": "0"},
    )
    try:
        yield started
    finally:
        started.communicate(timeout=120)


def test_each_job_is_evaluated_once_though_a_node_dies(new_home: NewHome) -> None:
    home = new_home(plan=PLAN)
    events = home.folder / "events.jsonl"
    environment = {**home.environment, "RANKCHECK_LOG": str(events)}
    with cluster(environment) as nodes:
        pipes: Any = nodes
        address = pipes.stdout.readline().strip()
        run = Home(home.folder, {**environment, "RAY_ADDRESS": address}).start(
            "run", str(home.plan), "--runner", "ray"
        )

        seen: set[int] = set()
        died = []

        def one_dies() -> bool:
            """Stop a worker in a job and cut the power of its node, unless it is the head."""
            for _, process in started_jobs(events):
                if process not in seen and not died:
                    seen.add(process)
                    os.kill(process, signal.SIGSTOP)
                    pipes.stdin.write(f"{process}\n")
                    pipes.stdin.flush()
                    if pipes.stdout.readline().strip() == "node":
                        died.append(process)
                    else:
                        os.kill(process, signal.SIGCONT)
            return bool(died)

        wait_for(one_dies, run)
        _, err = run.communicate(timeout=1500)
    assert run.returncode == 0, err
    count = len(home.finished())
    assert count == 13  # with the canary
    assert home.rows("SELECT count(*), count(DISTINCT night_id) FROM runs") == [(count, 1)]
    assert home.rows("SELECT count(*) FROM night_reports") == [(1,)]
    processes = {process for _, process in started_jobs(events)}
    assert len(processes) >= 4, "a process for each checkpoint, and one in place of the dead one"
