"""A plan run can be seen while it lasts, and told from one that was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db import plan_runs

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from db import plan_runs
with plan_runs.mark(sys.argv[1], "nightly", sys.argv[2], flow_run_id="f") as mark:
    mark.progress(3, 20)
    print("marked", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"duckdb:///{tmp_path}/store.duckdb"


def held(url: str, night: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url, night], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "marked\n"
    return process


def end(process: subprocess.Popen[str], how: int) -> None:
    process.send_signal(how)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_plan_run_is_running_until_it_is_killed(url: str) -> None:
    process = held(url, "n1")
    (run,) = plan_runs.running(url)
    assert (run.plan, run.pid, run.done, run.total) == ("nightly", process.pid, 3, 20)
    assert run.progress == "3 of 20 jobs"
    assert plan_runs.killed(url) == []
    end(process, signal.SIGKILL)
    assert plan_runs.running(url) == []
    assert plan_runs.killed(url) == [run]


def test_a_plan_run_that_ends_by_itself_leaves_nothing(url: str) -> None:
    for error in (None, ValueError("failed"), KeyboardInterrupt()):
        try:
            with plan_runs.mark(url, "nightly", "n1"):
                assert len(plan_runs.running(url)) == 1
                if error:
                    raise error
        except (ValueError, KeyboardInterrupt):
            pass
        assert list(plan_runs.folder(url).iterdir()) == []


def test_a_completed_plan_forgets_its_killed_runs_and_no_other(url: str) -> None:
    end(held(url, "n1"), signal.SIGKILL)
    plan_runs.forget_killed(url, "weekly")
    assert [run.night_id for run in plan_runs.killed(url)] == ["n1"]
    alive = held(url, "n2")
    plan_runs.forget_killed(url, "nightly")
    assert plan_runs.killed(url) == []
    assert [run.night_id for run in plan_runs.running(url)] == ["n2"]
    end(alive, signal.SIGTERM)


def test_damaged_and_foreign_files_are_passed_over(url: str) -> None:
    end(held(url, "n1"), signal.SIGKILL)
    folder = plan_runs.folder(url)
    whole = json.loads((folder / "n1.json").read_text())
    for name, text in {
        "empty": "",
        "cut": json.dumps(whole)[:40],
        "list": "[]",
        "other-name": json.dumps(whole),
        "wrong-type": json.dumps({**whole, "night_id": "wrong-type", "pid": "1"}),
        "no-zone": json.dumps({**whole, "night_id": "no-zone", "started_at": "2026-01-01"}),
        "no-time": json.dumps({**whole, "night_id": "no-time", "started_at": "noon"}),
    }.items():
        (folder / f"{name}.json").write_text(text)
    assert [run.night_id for run in plan_runs.killed(url)] == ["n1"]


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_run(tmp_path: Path) -> None:
    (tmp_path / "store.duckdb.running").write_text("a file in the way")
    url = f"duckdb:///{tmp_path}/store.duckdb"
    with plan_runs.mark(url, "nightly", "n1") as mark:
        assert mark is None
    assert plan_runs.running(url) == []


def test_a_full_disk_leaves_the_mark_out_of_date(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    with plan_runs.mark(url, "nightly", "n1") as mark:
        assert mark is not None
        monkeypatch.setattr("db.plan_runs.os.pwrite", full)
        mark.progress(1, 2)
        monkeypatch.undo()
        assert plan_runs.running(url)[0].total == 0
        assert plan_runs.running(url)[0].progress == "none of its jobs"
