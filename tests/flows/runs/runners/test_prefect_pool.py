"""Workers as flow runs on a work pool that two workers of Prefect serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.runs.runners import RunnerError
from flows.runs.runners.prefect_pool import PrefectPool
from tests.flows.home import ROOT, Home
from tests.flows.operations.test_recovery import SERVE, Installation
from tests.flows.receivers import free_port
from tests.flows.runs.runners.workers import started_jobs, wait_for

NewHome = Callable[..., Home]


def test_without_a_server_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(RunnerError, match="set PREFECT_API_URL"):
        PrefectPool(2)


def test_without_a_pool_it_says_how_to_make_one(
    prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    with pytest.raises(RunnerError, match="prefect work-pool create rankcheck --type process"):
        PrefectPool(2).count(jobs=4, groups=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_each_job_is_evaluated_once_though_a_flow_run_is_killed(
    new_home: NewHome, own_prefect: Path
) -> None:
    home = new_home()
    events = home.folder / "events.jsonl"
    port = free_port()
    home = Home(home.folder, {**home.environment, "RANKCHECK_LOG": str(events)})
    installation = Installation(home, port, own_prefect)
    # Each of the two workers has room for one flow run, so that none gets both.
    installation.program = SERVE.replace(
        "return told", 'told["worker"] += ["--limit", "1"]\n    return told'
    )
    installation.deployed = (*Installation.deployed, "worker")
    environment = {**home.environment, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    installation.start()
    second = subprocess.Popen(
        [
            sys.executable,
            "-m",
            *["prefect", "worker", "start", "--pool", "rankcheck", "--limit", "1"],
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        workers = "/work_pools/rankcheck/workers/filter"
        installation.until(
            lambda: len(installation.api.post(workers, json={}).raise_for_status().json()) == 2
        )
        run = Home(home.folder, environment).start("run", str(home.plan), "--runner", "prefect")
        wait_for(lambda: started_jobs(events), run)
        _, first = started_jobs(events)[0]
        os.kill(first, signal.SIGKILL)
        _, err = run.communicate(timeout=1500)
        flow_runs = installation.api.post(
            "/flow_runs/filter", json={"flows": {"name": {"any_": ["worker"]}}}
        ).json()
    finally:
        second.kill()
        second.wait(timeout=60)
        installation.stop()
    assert run.returncode == 0, err
    assert len(home.finished()) == 4
    assert home.rows("SELECT count(*), count(DISTINCT night_id) FROM runs") == [(4, 1)]
    assert home.rows("SELECT count(*) FROM night_reports") == [(1,)]
    states = Counter(flow_run["state_type"] for flow_run in flow_runs)
    assert states["CRASHED"] == 1
    assert states["COMPLETED"] >= 1
    processes = {flow_run["infrastructure_pid"] for flow_run in flow_runs}
    assert len(processes) == len(flow_runs) >= 2
