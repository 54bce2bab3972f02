"""Two machines with one store on a PostgreSQL server: one dies, and no job is computed twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db import open_store
from tests.db.test_record import ask
from tests.flows.home import PLAN, REAL, ROOT, SMALL, new_environment
from tests.flows.runs.runners.workers import events_of, started_jobs, wait_for

# Each machine imports everything and starts Prefect's server by itself: minutes on a busy one.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def machine(folder: Path, url: str) -> subprocess.Popen[str]:
    """Run the plan as on a machine of its own: it shares nothing but the store."""
    folder.mkdir()
    (folder / "plan.yaml").write_text(PLAN.replace(SMALL, REAL))
    environment = new_environment(
        folder, RANKCHECK_STORE=url, RANKCHECK_LOG=str(folder / "events.jsonl")
    )
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", "plan.yaml"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_jobs_of_a_machine_that_dies_are_taken_over_and_each_is_recorded_once(
    tmp_path: Path, postgres_url: str
) -> None:
    doomed = machine(tmp_path / "one", postgres_url)
    wait_for(lambda: started_jobs(tmp_path / "one" / "events.jsonl"), doomed)
    os.kill(doomed.pid, signal.SIGSTOP)  # in its first job, whose lock it keeps
    held = set(started_jobs(tmp_path / "one" / "events.jsonl"))
    other = machine(tmp_path / "two", postgres_url)
    events = tmp_path / "two" / "events.jsonl"
    wait_for(lambda: [seen for seen in events_of(events, "job_locks") if not seen["held"]], other)
    wait_for(lambda: len(events_of(events, "job_ended")) >= 2, other)
    assert not {job for job, _ in held} & {job for job, _ in started_jobs(events)}
    doomed.kill()
    doomed.communicate(timeout=60)
    _, err = other.communicate(timeout=900)
    assert other.returncode == 0, err
    store = open_store(postgres_url)
    counts = "SELECT count(*), count(DISTINCT job_key) FROM runs WHERE status = 'finished'"
    assert ask(store, counts) == [(4, 4)]
    assert {job for job, _ in held} <= {job for job, _ in started_jobs(events)}
