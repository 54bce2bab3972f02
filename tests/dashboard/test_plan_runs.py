"""The page of nights shows plan runs under way, and those that were killed."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.nights import jobs_of
from tests.dashboard.look import everything
from tests.db.test_plan_runs import end, held


def test_a_plan_run_under_way_and_a_killed_one_are_shown(
    open_page, full: str, tmp_path: Path
) -> None:
    shutil.copy(full.removeprefix("duckdb:///"), tmp_path / "store.duckdb")
    url = f"duckdb:///{tmp_path}/store.duckdb"
    assert "is running." not in everything(open_page(url, "nights"))
    alive = held(url, "n1")
    try:
        shown = everything(open_page(url, "nights"))
        assert "<strong>nightly</strong> is running." in shown
        assert f"3 of 20 jobs done. Process {alive.pid} on" in shown
        assert "was killed." not in shown
    finally:
        end(alive, signal.SIGKILL)
    shown = everything(open_page(url, "nights"))
    assert "<strong>nightly</strong> was killed." in shown
    assert "is running." not in shown


def test_a_plan_run_without_a_report_is_said_to_be_cut_short(
    full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", full)
    night = SimpleNamespace(night_id="n", finished=30, failed=0, reported=False)
    assert jobs_of(night) == "30 done, 0 failed, cut short"
    night.reported = True
    assert jobs_of(night) == "30 done, 0 failed"
