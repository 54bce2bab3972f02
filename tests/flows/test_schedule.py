"""Server, deployment and worker at work: a scheduled run comes due, runs, and fills the store."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from flows.plans.plan import read_plan
from tests.flows.home import PLAN, ROOT, Home
from tests.flows.receivers import free_port

pytestmark = pytest.mark.waits

NewHome = Callable[..., Home]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]

KEEP_RUNNING = """
import sys, time
from flows.schedule import scheduled
with scheduled(port=int(sys.argv[1])):
    print("scheduled", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_every_deployment_names_a_flow_a_plan_and_a_schedule_that_exist(
    deployment: dict[str, object],
) -> None:
    import importlib
    import inspect

    module, _, name = str(deployment["entrypoint"]).rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    if name == "worker":  # its parameters are those of the plan run that creates its flow runs
        assert list(inspect.signature(flow.fn).parameters) == ["call", "place"]
        return
    parameters = deployment["parameters"]
    assert isinstance(parameters, dict)
    inspect.signature(flow.fn).bind(**parameters)
    assert "plan" in parameters or name in ("import_boards", "maintain")
    if parameters.get("plan"):
        read_plan(ROOT / str(parameters["plan"]))


def runs_of(client: httpx.Client, deployment: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}}
    return list(client.post("/flow_runs/filter", json=asked).raise_for_status().json())


def due_in(*, seconds: float, then_every: float) -> dict[str, Any]:
    first = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"interval": then_every, "anchor_date": first.isoformat()}


def wait(condition: Callable[[], Any], *, seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(1)
    return None


@pytest.mark.timeout(600)
def test_a_scheduled_run_finishes_and_fills_the_store(
    new_home: NewHome, tmp_path: Path, own_prefect: Path
) -> None:
    home = new_home(plan=PLAN.replace(", SampleZH", "").replace("native, cls", "native"))
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    log = (tmp_path / "log").open("w+")
    service = subprocess.Popen(
        [sys.executable, "-c", KEEP_RUNNING, str(port)],
        cwd=ROOT,
        env=home.with_own_prefect(own_prefect),
        stdout=subprocess.PIPE,
        stderr=log,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert service.stdin is not None
    assert service.stdout is not None
    try:
        assert service.stdout.readline().strip() == "scheduled", (tmp_path / "log").read_text()
        with httpx.Client(base_url=api, timeout=30) as client:
            nightly = client.get("/deployments/name/nightly/nightly").raise_for_status().json()
            assert nightly["schedules"][0]["schedule"]["cron"] == "0 2 * * *"
            quick = client.get("/deployments/name/nightly/quickstart").raise_for_status().json()
            # The scheduler itself must plan the nights ahead: with a server that cannot insert
            # them a deployment looks fine and never runs.
            ahead = wait(lambda: runs_of(client, nightly), seconds=90)
            assert ahead, (tmp_path / "log").read_text()[-4000:]
            client.patch(
                f"/deployments/{quick['id']}", json={"parameters": {"plan": str(home.plan)}}
            ).raise_for_status()
            # Soon, and not again while that run is at work. The server answers 503 while its
            # database is busy: ask again.
            assert wait(
                lambda: (
                    client.post(
                        f"/deployments/{quick['id']}/schedules",
                        json=[{"active": True, "schedule": due_in(seconds=15, then_every=150)}],
                    ).is_success
                ),
                seconds=60,
            )
            # On a busy machine the first may be taken for dead, and the caretaker starts another
            # in its place, which no schedule planned.
            completed = wait(
                lambda: [
                    run
                    for run in runs_of(client, quick)
                    if run["state"]["type"] == "COMPLETED" and run["auto_scheduled"]
                ],
                seconds=300,
            )
            assert completed, (tmp_path / "log").read_text()[-4000:]
            planned = {run["id"] for run in runs_of(client, quick)}
            artifacts = client.post("/artifacts/filter", json={}).json()
            assert any(artifact["key"] == "nightly-summary" for artifact in artifacts)
    finally:
        service.stdin.close()
        service.stdout.close()
        service.wait(timeout=90)
        log.close()
    # Other deployments may have been due in the meantime, such as a weekly one.
    done = home.rows("SELECT prefect_flow_run_id FROM runs WHERE status = 'finished'")
    assert len([run for (run,) in done if run in planned]) == 1
