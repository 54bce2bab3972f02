"""Metrics: what is counted, and that it is Prometheus's format."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from db import Store, open_store
from db.file_lock import take
from db.record import record, write_night
from db.rows import NightRow
from db.settings import Settings
from flows.cli import cli
from flows.operations.metrics import metrics_text
from flows.runs.locks import job_locks
from flows.runs.places import places
from tests.db.sample_rows import SCORES, make_run
from tests.db.test_plan_runs import end, held


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")


def values(text: str) -> dict[str, float]:
    """Return the values as Prometheus reads them, by name and labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_evaluations_plan_runs_and_locks_are_counted(store: Store) -> None:
    record(store, make_run("a", seconds=2.5), SCORES)
    record(store, make_run("b", seconds=1.5), SCORES)
    record(store, make_run("c", status="failed", error_type="E", error_text="e"))
    moment = datetime.now(UTC) - timedelta(hours=3)
    write_night(store, NightRow("n1", "nightly", moment, moment, evaluated=2, failed=0))
    write_night(store, NightRow("n2", "nightly", moment, datetime.now(UTC), failed=1))
    locks = places(store.url).locks
    locks.mkdir(parents=True)
    (locks / "left.lock").touch()
    with job_locks(locks, ["a", "b"], wait=False):
        found = values(metrics_text(Settings(store=store.url)))
    assert found["rankcheck_store_up"] == 1
    assert found["rankcheck_evaluations_total sts finished"] == 2
    assert found["rankcheck_evaluation_seconds_total sts finished"] == 4
    assert found["rankcheck_evaluations_total sts failed"] == 1
    assert found["rankcheck_plan_runs_total nightly success"] == 1
    assert found["rankcheck_plan_runs_total nightly failed"] == 1
    assert found["rankcheck_last_success_age_seconds nightly"] == pytest.approx(10_800, abs=60)
    assert found["rankcheck_jobs_locked"] == 2
    assert found["rankcheck_store_bytes"] == Path(store.place).stat().st_size
    assert found["rankcheck_prefect_up"] == 0


def test_jobs_of_a_running_plan_run_wait(store: Store) -> None:
    process = held(store.url, "n1")
    try:
        found = values(metrics_text(Settings(store=store.url)))
    finally:
        end(process, signal.SIGKILL)
    assert found["rankcheck_plan_runs_running"] == 1
    assert found["rankcheck_jobs_waiting"] == 17
    assert values(metrics_text(Settings(store=store.url)))["rankcheck_plan_runs_killed"] == 1


def test_waits_are_counted_from_the_file_of_events(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "events.jsonl"
    monkeypatch.setenv("RANKCHECK_LOG", str(log))
    descriptor = os.open(f"{store.place}.gate", os.O_RDWR | os.O_CREAT)
    assert take(descriptor)
    threading.Timer(0.3, os.close, [descriptor]).start()
    assert record(store, make_run("a"), SCORES)
    with log.open("a") as file:
        file.write('{"event": "job_locks", "seconds": 1.5}\n{"event": "job_locks", "seco')
    found = values(metrics_text(Settings(store=store.url, log=log)))
    assert found["rankcheck_waits_total gate, writing"] == 1
    assert 0.1 < found["rankcheck_wait_seconds_total gate, writing"] < 60
    assert found["rankcheck_waits_total gate, reading"] == 0
    assert found["rankcheck_wait_seconds_total job locks"] == 1.5


def test_a_store_that_cannot_be_read_is_down_and_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store.duckdb").write_bytes(b"no store")
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")
    file = tmp_path / "metrics" / "rankcheck.prom"
    done = CliRunner().invoke(cli, ["metrics", "--file", str(file)])
    assert (done.exit_code, done.output) == (1, "")
    found = values(file.read_text("utf-8"))
    assert found["rankcheck_store_up"] == 0
    assert found["rankcheck_store_bytes"] == 8
    assert found["rankcheck_disk_free_bytes"] > 0
    open_store(f"duckdb:///{tmp_path}/fine.duckdb").upgrade()
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/fine.duckdb")
    done = CliRunner().invoke(cli, ["metrics"])
    assert (done.exit_code, values(done.output)["rankcheck_store_up"]) == (0, 1)
