"""kill -9 at 200 random moments on each engine: nothing is lost, doubled or half-written.

`RANKCHECK_KILLS` in the environment of the test sets another number of moments.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from db import open_store
from tests.db.test_record import ask
from tests.flows.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

NewHome = Callable[..., Home]
JOBS = 6
PLAN = """\
name: cheap
evaluations:
  - evaluator: trie_legality
    keys: [10, 20, 30, 40, 50, 60]
    seeds: [{}, {}]
    questions: 20
"""
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


def test_killed_at_random_moments_a_store_loses_and_doubles_nothing(home: Home) -> None:
    moments = random.Random(20261129)  # noqa: S311 - moments, no secrets
    assert home.warm is not None
    longest, kills, plans = 0.0, 0, 0
    kept: dict[str, str] = {}
    found: Counter[int] = Counter()
    while kills < KILLS:
        before, plans = len(kept), plans + 1
        home.plan.write_text(PLAN.format(2 * plans, 2 * plans + 1), "utf-8")
        killed = True
        while killed or len(kept) < before + JOBS:
            limit = moments.uniform(0.0, longest) if longest else 600
            started = time.monotonic()
            arguments = ("run", str(home.plan))
            try:
                done = home.warm.run("flows.cli", arguments, home.environment, timeout=limit)
            except subprocess.TimeoutExpired:
                killed, kills = True, kills + 1
            else:
                killed = False
                assert done.returncode == 0, done.stderr
                longest = max(longest, time.monotonic() - started)
            now = recorded(home)
            assert kept.items() <= now.items(), "a finished job is lost, or ran again"
            kept = now
            found[len(now) - before] += killed
            whole_files(home)
    home.run("run", str(home.plan))
    kept = recorded(home)
    assert len(kept) == plans * JOBS
    assert "no problems" in home.run("db", "check").stdout
    print(f"\n{kills} kills in {plans} plans of {JOBS} jobs; recorded after each: {found}")
