"""kill -9 at 200 random moments on each engine: nothing is lost, doubled or half-written.

Moments are spread evenly over the processor seconds of a run that does everything, so that a busy
machine, on which it waits, kills it in the midst of its work too. `RANKCHECK_KILLS` in the
environment of the test sets another number of moments.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from db import open_store
from tests.db.test_record import ask
from tests.flows.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

NewHome = Callable[..., Home]
JOBS = 10
PLAN = """\
name: cheap
evaluations:
  - evaluator: trie_legality
    keys: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    seeds: [{}, {}]
    questions: 5
"""
NEVER = 1e6
KILLS = int(os.environ.get("RANKCHECK_KILLS", "200"))


@pytest.fixture(params=["file", "lake on SQLite", "lake on PostgreSQL"])
def home(request: pytest.FixtureRequest, new_home: NewHome) -> Home:
    """A home whose store is on an engine, and exists."""
    home = new_home(request.param)
    url = home.environment["RANKCHECK_STORE"]
    if request.param == "lake on SQLite":
        url = f"ducklake:sqlite:{home.folder / 'catalog.sqlite'}"
    if request.param == "lake on PostgreSQL":
        url = request.getfixturevalue("postgres_url")
    found = replace(home, environment={**home.environment, "RANKCHECK_STORE": url})
    found.run("db", "upgrade")
    return found


def recorded(home: Home) -> dict[str, str]:
    """Return the run of each finished job, and check that every row belongs to one."""
    store = open_store(home.environment["RANKCHECK_STORE"])
    runs = ask(store, "SELECT job_key, run_id FROM runs WHERE status = 'finished'")
    assert len({job for job, _ in runs}) == len(runs), "a job was recorded twice"
    scores = ask(
        store,
        "SELECT run_id, count(*), count(DISTINCT (metric, variant)) FROM scores"
        " WHERE run_id IN (SELECT run_id FROM runs WHERE evaluator = 'trie_legality')"
        " GROUP BY ALL",
    )
    assert {run for run, _, _ in scores} == {run for _, run in runs}
    assert len({rows for _, rows, _ in scores}) <= 1, "a run is half-written"
    assert all(rows == different for _, rows, different in scores), "a score is there twice"
    return {str(job): str(run) for job, run in runs}


def whole_files(home: Home) -> None:
    """Check that each result that waits on disk can be read."""
    for path in home.folder.rglob("*.json"):
        json.loads(path.read_text("utf-8"))


def killed_after(home: Home, seconds: float) -> float | None:
    """Run the plan, killed after so many processor seconds.

    Returns:
        How many it used; None if it was killed.
    """
    arguments = (str(seconds), "--", "run", str(home.plan))
    done = home.run(*arguments, program="tests.flows.killed_later", status=None)
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return float(done.stderr.split()[-1])


def test_killed_at_random_moments_a_store_loses_and_doubles_nothing(home: Home) -> None:
    moments = random.Random(20261129)  # noqa: S311 - moments, no secrets
    whole, kills, plans = 0.0, 0, 0
    kept: dict[str, str] = {}
    found: Counter[int] = Counter()
    while kills < KILLS:
        before, plans = len(kept), plans + 1
        home.plan.write_text(PLAN.format(2 * plans, 2 * plans + 1), "utf-8")
        while len(kept) < before + JOBS:
            used = killed_after(home, whole * moments.random() if plans > 1 else NEVER)
            now = recorded(home)
            assert kept.items() <= now.items(), "a finished job is lost, or ran again"
            if used is None:
                kills += 1
                found[len(now) - before] += 1
            else:
                assert len(now) == before + JOBS, "a run has ended without all its jobs"
                whole = used if len(kept) == before else whole
            kept = now
            whole_files(home)
    home.run("run", str(home.plan))
    kept = recorded(home)
    assert len(kept) == plans * JOBS
    assert "no problems" in home.run("db", "check").stdout
    print(f"\n{kills} kills in {plans} plans of {JOBS} jobs; recorded after each: {found}")
