"""kill -9 at any moment, then run again: nothing finished is lost, repeated or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.flows.home import PLAN, Home
from tests.flows.killable import STAGES

NewHome = Callable[..., Home]
JOBS = 4
ONE_TASK = PLAN.replace("SampleEN, SampleZH", "SampleEN")
JOBS_OF_ONE_TASK = 2  # enough to die at the second


def processes_of(home: Home) -> list[psutil.Process]:
    """Return what still runs on behalf of a home's store."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("RANKCHECK_STORE") == home.environment["RANKCHECK_STORE"]:
                found.append(process)
        except psutil.Error:
            continue
    return found


def assert_nothing_leaked(home: Home) -> None:
    deadline = time.monotonic() + 15
    while processes_of(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [process.cmdline() for process in processes_of(home)] == []


def finish(home: Home, kept: dict[str, str], jobs: int = JOBS) -> None:
    """Run again to the end: what was finished is untouched, the rest is there once."""
    home.run("run", str(home.plan))
    now = home.finished()
    assert len(now) == jobs
    assert {key: now[key] for key in kept} == kept
    assert home.rows("SELECT count(*) FROM sts_scores") == [(jobs,)]
    assert home.rows(
        "SELECT count(*) FROM scores WHERE run_id NOT IN (SELECT run_id FROM runs)"
    ) == [(0,)]
    assert_nothing_leaked(home)


@pytest.mark.parametrize("stage", STAGES)
def test_kill_at_a_stage_boundary(new_home: NewHome, stage: str) -> None:
    home = new_home(plan=ONE_TASK)
    number = "2" if stage in ("before-evaluate", "after-evaluate", "after-record") else "1"
    if stage == "inside-transaction":
        number = "2"
    home.run(
        *(stage, number, "--", "run", str(home.plan)),
        program="tests.flows.killable",
        status=-signal.SIGKILL,  # another one where the stage was never reached
    )
    kept = home.finished()
    persisted = list((home.folder / "store.duckdb.results").glob("*.json"))
    if stage == "after-persist":
        assert len(persisted) == 1
        assert kept == {}
    if stage in ("after-evaluate", "after-record"):
        assert len(kept) >= 1
    finish(home, kept, JOBS_OF_ONE_TASK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_kill_at_30_random_moments(new_home: NewHome) -> None:
    seed = 20260101
    moments = random.Random(seed)  # noqa: S311 - moments, no secrets
    home = new_home("timing")
    started = time.monotonic()
    home.run("run", str(home.plan))
    whole = time.monotonic() - started
    finished_at_kill = []
    for number in range(30):
        home = new_home(f"random-{number}")
        killed = home.start("run", str(home.plan))
        time.sleep(moments.uniform(0.02, whole))
        # The whole group, as a machine that loses power does; odd ones the process alone.
        if number % 2:
            killed.send_signal(signal.SIGKILL)
        else:
            os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=60)
        kept = home.finished()
        finished_at_kill.append(len(kept))
        finish(home, kept)
    print(f"\nfinished at the kill, of {JOBS}: {finished_at_kill} (seed {seed})")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_10_times_in_one_store(new_home: NewHome) -> None:
    moments = random.Random(7)  # noqa: S311 - moments, no secrets
    home = new_home()
    kept: dict[str, str] = {}
    for _ in range(10):
        killed = home.start("run", str(home.plan))
        time.sleep(moments.uniform(0.5, 12))
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=60)
        now = home.finished()
        assert {key: now[key] for key in kept} == kept
        kept = now
    finish(home, kept)
