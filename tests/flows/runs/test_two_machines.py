"""Two machines with one store on a PostgreSQL server: one dies, and no job is computed twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db import open_store
from tests.db.test_record import ask
from tests.flows.home import PLAN, ROOT, new_environment

pytestmark = pytest.mark.slow


def machine(folder: Path, url: str, *command: str) -> subprocess.Popen[str]:
    """Run a command as on a machine of its own: it shares nothing but the store."""
    folder.mkdir()
    (folder / "plan.yaml").write_text(PLAN)
    environment = {**new_environment(folder), "RANKCHECK_STORE": url}
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_jobs_of_a_machine_that_dies_are_taken_over_and_each_is_recorded_once(
    tmp_path: Path, postgres_url: str
) -> None:
    doomed = machine(
        tmp_path / "one",
        postgres_url,
        *("tests.flows.killable", "before-evaluate", "2", "--", "run", "plan.yaml"),
    )
    other = machine(tmp_path / "two", postgres_url, "flows.cli", "run", "plan.yaml")
    _, died = doomed.communicate(timeout=900)
    _, err = other.communicate(timeout=900)
    assert doomed.returncode == -signal.SIGKILL, died
    assert other.returncode == 0, err
    store = open_store(postgres_url)
    counts = "SELECT count(*), count(DISTINCT job_key) FROM runs WHERE status = 'finished'"
    assert ask(store, counts) == [(4, 4)]
