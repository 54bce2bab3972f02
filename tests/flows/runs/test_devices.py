"""One plan run on several devices of a machine: each job once, whatever child dies."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from flows.commands.run import command
from flows.runs import devices
from flows.runs.devices import Request, evaluate_on_devices
from flows.runs.outcomes import Outcome
from tests.flows.home import Home

NewHome = Callable[..., Home]


def children_of(process: int) -> list[int]:
    """Return the processes for devices of a plan run."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in path.read_text().split():
            if b"flows.runs.device_child" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def test_each_job_is_evaluated_once_though_a_device_process_is_killed(new_home: NewHome) -> None:
    home = new_home()
    run = home.start("run", str(home.plan), "--devices", "cpu,cpu")
    deadline = time.monotonic() + 120
    while not (alive := children_of(run.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(alive[0], signal.SIGKILL)
    _, err = run.communicate(timeout=280)
    assert run.returncode == 0, err
    assert "4 evaluated" in err
    assert len(home.finished()) == 4
    assert home.rows("SELECT count(*), count(DISTINCT night_id) FROM runs") == [(4, 1)]
    assert home.rows("SELECT count(*) FROM night_reports") == [(1,)]


def job(key: str) -> Any:
    return SimpleNamespace(job=SimpleNamespace(job_key=key), generation=0, why="missing")


def said(key: str, status: str = "evaluated") -> dict[str, Any]:
    return {"job": key, "status": status, "result": None, "error": None}


class Script:
    """Rounds of children, as told; keeps what they were asked for."""

    def __init__(self, *rounds: devices._Round) -> None:
        self.rounds = iter(rounds)
        self.asked: list[tuple[list[str], bool, int]] = []

    def __call__(self, chosen: Any, told: dict[str, Any], *_: Any) -> devices._Round:
        self.asked.append((list(told["generations"]), told["wait"], len(chosen)))
        return next(self.rounds)


def outcomes_of(script: Script, monkeypatch: pytest.MonkeyPatch, *keys: str) -> list[Outcome]:
    monkeypatch.setattr(devices, "_run_children", script)
    planned: Any = SimpleNamespace(todo=[job(key) for key in keys])
    store: Any = None
    return evaluate_on_devices(
        ["cpu", "cpu"], Request("plan"), planned, store, "id", lambda *_: None
    )


def test_a_job_whose_process_dies_twice_has_failed_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script(
        devices._Round({"a": said("a")}, running={1: "b"}, died={1: -9}),
        devices._Round({}, running={0: "b"}, died={0: -9}),
        devices._Round({"c": said("c")}),
    )
    found = outcomes_of(script, monkeypatch, "a", "b", "c")
    assert [outcome.status for outcome in found] == ["evaluated", "failed", "evaluated"]
    assert "ended with status -9, the last of 2 times" in str(found[1].error)
    assert script.asked == [(["a", "b", "c"], False, 2), (["b", "c"], False, 2), (["c"], False, 1)]


def test_what_another_plan_run_holds_is_waited_for_by_one_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script(devices._Round({"a": said("a")}), devices._Round({"b": said("b", "elsewhere")}))
    found = outcomes_of(script, monkeypatch, "a", "b")
    assert [outcome.status for outcome in found] == ["evaluated", "elsewhere"]
    assert script.asked[1] == (["b"], True, 1)


def test_a_job_that_nobody_can_prepare_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(devices._Round(), devices._Round())
    (found,) = outcomes_of(script, monkeypatch, "a")
    assert found.status == "failed"
    assert "could not be prepared again" in str(found.error)


def test_a_process_that_dies_before_it_has_read_its_request_is_told_as_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    told = {"generations": "more than a pipe holds " * 10_000}
    found = devices._run_children(["cpu", "cpu"], told, 0, 1, lambda *_: None)
    assert found == devices._Round({}, {}, died={0: 1, 1: 1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpu0", "must be devices such as cuda:0,cuda:1 or cpu,cpu, got 'gpu0'"),
        ("cpu,", "got ''"),
        ("cuda:99", "names cuda:99, but torch sees"),
    ],
)
def test_devices_that_are_not_there_are_refused(text: str, message: str) -> None:
    found = CliRunner().invoke(command, ["quickstart", "--devices", text])
    assert found.exit_code == 2
    assert message in found.output
