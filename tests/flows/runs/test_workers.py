"""One plan run in several worker processes: each job once, whatever worker dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from db.settings import Settings
from flows.commands.run import command
from flows.runs import workers
from flows.runs.outcomes import Outcome
from flows.runs.runners import Crew
from flows.runs.runners.local_processes import LocalProcesses
from flows.runs.worker_link import Call, Link, connect, machine
from flows.runs.workers import Request, evaluate_with_workers
from tests.flows.home import Home

NewHome = Callable[..., Home]


def children_of(process: int) -> list[int]:
    """Return the processes for devices of a plan run."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in path.read_text().split():
            if b"flows.runs.worker_process" in Path(f"/proc/{child}/cmdline").read_bytes():
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


Part = Callable[[Link, dict[str, Any]], None]


class Played:
    """Workers in threads of the test, each of which plays a part over a real connection.

    Attributes:
        asked: The jobs that each worker was told, in the order of the rounds; those of one round
            in no order.
    """

    elsewhere = False

    def __init__(self, *rounds: list[Part], own_groups: bool = False) -> None:
        self.own_groups = own_groups
        self.asked: list[list[str]] = []
        self.waiting: list[bool] = []
        self._rounds = list(rounds)

    def count(self, jobs: int, groups: int) -> int:
        return len(self._rounds[0])

    @contextmanager
    def workers(self, call: Call, crew: Crew) -> Iterator[Any]:
        threads = [
            threading.Thread(target=self._play, args=(part, call, place))
            for place, part in enumerate(self._rounds.pop(0)[: crew.count])
        ]
        for thread in threads:
            thread.start()
            thread.join(0.3)  # in the order of their places
        yield SimpleNamespace(
            ended=lambda: {
                place: "ended with status -9"
                for place, thread in enumerate(threads)
                if not thread.is_alive()
            }
        )
        for thread in threads:
            thread.join(10)

    def _play(self, part: Part, call: Call, place: int) -> None:
        link = connect(call)
        link.send(kind="hello", place=place, name="cpu", machine=machine())
        request = link.receive()
        assert request is not None
        if request["kind"] == "request":
            self.asked.append(list(request["generations"]))
            self.waiting.append(request["wait"])
        part(link, request)
        link.close()


def does(*keys: str, status: str = "evaluated") -> Part:
    """Return the part of a worker that does some jobs and finishes."""

    def part(link: Link, _: dict[str, Any]) -> None:
        for key in keys:
            link.send(kind="started", job=key)
            link.send(kind="outcome", job=key, status=status, result=None, error=None)
        link.send(kind="end", failures=["mini: it is not there"])
        assert link.receive() == {"kind": "bye"}

    return part


def dies_on(key: str) -> Part:
    return lambda link, _: link.send(kind="started", job=key)


def outcomes_of(runner: Played, tmp_path: Path, *keys: str) -> list[Outcome]:
    planned: Any = SimpleNamespace(
        todo=[job(key) for key in keys],
        settings=Settings(store=f"duckdb:///{tmp_path}/store.duckdb"),
    )
    store: Any = None
    return evaluate_with_workers(
        runner, Request("quickstart"), planned, store, "id", lambda *_: None
    )


@pytest.fixture(autouse=True)
def one_group_for_each_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "session_of", lambda item: (item.job.job_key[0],))


def test_a_job_whose_worker_dies_twice_has_failed_and_the_others_go_on(tmp_path: Path) -> None:
    def dies_on_its_second(link: Link, _: dict[str, Any]) -> None:
        link.send(kind="started", job="a")
        link.send(kind="outcome", job="a", status="evaluated", result=None, error=None)
        link.send(kind="started", job="b")

    runner = Played([dies_on_its_second], [dies_on("b")], [does("c")])
    found = outcomes_of(runner, tmp_path, "a", "b", "c")
    assert [outcome.status for outcome in found] == ["evaluated", "failed", "evaluated"]
    assert "ended with status -9, the last of 2 times" in str(found[1].error)
    assert runner.asked == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_a_worker_that_is_told_to_leave_has_not_died_on_its_job(tmp_path: Path) -> None:
    def leaves(link: Link, _: dict[str, Any]) -> None:
        link.send(kind="started", job="a")
        link.send(kind="leaving")

    runner = Played([leaves, does()], [dies_on("a"), does()], [does("a"), does()])
    (found,) = outcomes_of(runner, tmp_path, "a")
    assert found.status == "evaluated"


def test_each_worker_of_a_runner_with_groups_is_told_one_group(tmp_path: Path) -> None:
    runner = Played([does("a1", "a2"), does("b1")], own_groups=True)
    found = outcomes_of(runner, tmp_path, "a1", "b1", "a2")
    assert [outcome.status for outcome in found] == ["evaluated"] * 3
    assert sorted(runner.asked) == [["a1", "a2"], ["b1"]]


def test_what_another_plan_run_holds_is_waited_for_by_one_worker(tmp_path: Path) -> None:
    runner = Played([does("a"), does()], [does("b", status="elsewhere")])
    found = outcomes_of(runner, tmp_path, "a", "b")
    assert [outcome.status for outcome in found] == ["evaluated", "elsewhere"]
    assert runner.waiting == [False, False, True]


def test_a_job_that_nobody_can_prepare_ends_the_run(tmp_path: Path) -> None:
    (found,) = outcomes_of(Played([does(), does()], [does()]), tmp_path, "a")
    assert found.status == "failed"
    assert "could not be prepared again (mini: it is not there)" in str(found.error)


def test_a_worker_on_another_machine_is_refused_where_the_store_locks_on_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hears(_: Link, answer: dict[str, Any]) -> None:
        heard.append(answer["kind"])

    heard: list[str] = []
    monkeypatch.setattr(workers, "machine", lambda: "another one")
    (found,) = outcomes_of(Played([hears, hears], [hears, hears]), tmp_path, "a")
    assert found.status == "failed"
    assert "would evaluate them a second time: use a DuckLake on PostgreSQL" in str(found.error)
    assert heard == ["refused"] * 4


def test_a_process_that_dies_before_it_has_called_is_told_as_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    runner: Any = LocalProcesses(["cpu", "cpu"])
    (found,) = outcomes_of(runner, tmp_path, "a")
    assert str(found.error) == "the process on cpu ended with status 1, the last of 2 times"


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
