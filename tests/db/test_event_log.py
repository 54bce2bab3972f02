"""The log of events for programs."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from db import Store, event_log
from db.deadline import Deadline
from db.file_lock import take
from db.record import record
from tests.db.sample_rows import make_run


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "events.jsonl"
    monkeypatch.setenv("RANKCHECK_LOG", str(path))
    return path


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_an_event_has_the_ids_that_it_happened_within(log: Path) -> None:
    with event_log.within(plan_run="p1"):
        with event_log.within(job="j1"):
            event_log.note("job_ended", seconds=1.5, error="nötig\nund \x1b[2J")
        event_log.note("plan_run_ended")
    event_log.note("else")
    first, second, third = events(log)
    assert (first["event"], first["plan_run"], first["job"]) == ("job_ended", "p1", "j1")
    assert (first["seconds"], first["pid"]) == (1.5, os.getpid())
    assert first["error"] == "nötig\nund \x1b[2J"
    assert "\x1b" not in log.read_text("utf-8")
    assert (second["plan_run"], "job" in second) == ("p1", False)
    assert "plan_run" not in third


def test_nothing_is_written_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RANKCHECK_LOG", raising=False)
    event_log.note("job_ended")
    for place in (tmp_path / "none" / "log", Path("/dev/full")):
        monkeypatch.setenv("RANKCHECK_LOG", str(place))
        event_log.note("job_ended")
    assert list(tmp_path.iterdir()) == []


def test_a_long_wait_for_the_gate_is_an_event(file_store: Store, log: Path) -> None:
    record(file_store, make_run("a"))
    assert not log.exists()
    descriptor = os.open(f"{file_store.place}.gate", os.O_RDWR)
    assert take(descriptor)
    threading.Timer(0.3, os.close, [descriptor]).start()
    file_store.engine.open_reader(Deadline(10)).close()
    (wait,) = events(log)
    assert (wait["event"], wait["store"]) == ("gate_wait", file_store.place)
    assert 0.1 < wait["seconds"] < 5
    assert wait["writing"] is False
