"""Collect metrics of a store and its plan runs, in Prometheus's text format.

They are read when they are asked for, from the store, the files beside it and Prefect's server, so
that no process of ours must be running to count.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db import open_store, plan_runs
from db.disk import nearest_existing
from db.engines.wal import logs_beside
from db.errors import StoreError
from db.url import FileUrl, parse
from flows.operations.notify import outbox
from flows.runs.locks import held_locks
from flows.runs.places import places

if TYPE_CHECKING:
    from db.settings import Settings

_RUNS = """
    SELECT evaluator, status, count(*) AS n, coalesce(sum(seconds), 0) AS seconds
    FROM runs GROUP BY ALL ORDER BY ALL
"""
_PLAN_RUNS = """
    SELECT plan, failed > 0 AS failed, count(*) AS n, epoch(max(finished_at)) AS last
    FROM (
        SELECT * FROM night_reports
        QUALIFY row_number() OVER (PARTITION BY night_id ORDER BY finished_at DESC) = 1
    )
    GROUP BY ALL ORDER BY ALL
"""

_LONG = 0.1
"""Seconds; a shorter wait is none."""


def metrics_text(chosen: Settings) -> str:
    """Return all metrics; `rankcheck_store_up` is 0 if the store cannot be read.

    Raises:
        StoreError: The URL of the store has none of the known forms.
    """
    parse(chosen.store)
    registry = CollectorRegistry()
    for collect in (_of_store, _of_files, _of_plan_runs, _of_events, _of_prefect):
        registry.register(_Metrics(list(collect(chosen))))
    return generate_latest(registry).decode()


class _Metrics(Collector):
    """Metrics that were collected already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rankcheck_{name}", text, value=value)


def _of_store(chosen: Settings) -> Iterator[Metric]:
    store = open_store(chosen.store)
    begun = time.monotonic()
    try:
        with store.read() as connection:
            waited = time.monotonic() - begun
            runs = connection.exec_driver_sql(_RUNS).fetchall()
            plans = connection.exec_driver_sql(_PLAN_RUNS).fetchall()
    except StoreError:
        yield _gauge("store_up", "Whether the store can be read.", 0)
        return
    yield _gauge("store_up", "Whether the store can be read.", 1)
    yield _gauge("store_open_seconds", "Seconds to open the store, with waits at its gate.", waited)
    done = CounterMetricFamily(
        "rankcheck_evaluations", "Recorded evaluations.", labels=["evaluator", "status"]
    )
    seconds = CounterMetricFamily(
        "rankcheck_evaluation_seconds",
        "Seconds of recorded evaluations.",
        labels=["evaluator", "status"],
    )
    for row in runs:
        done.add_metric([row.evaluator, row.status], row.n)
        seconds.add_metric([row.evaluator, row.status], row.seconds)
    ended = CounterMetricFamily(
        "rankcheck_plan_runs", "Plan runs that ended with a report.", labels=["plan", "result"]
    )
    success = GaugeMetricFamily(
        "rankcheck_last_success_timestamp_seconds",
        "When a plan last ended without a failure.",
        labels=["plan"],
    )
    age = GaugeMetricFamily(
        "rankcheck_last_success_age_seconds",
        "Seconds since a plan last ended without a failure.",
        labels=["plan"],
    )
    for row in plans:
        ended.add_metric([row.plan, "failed" if row.failed else "success"], row.n)
        if not row.failed:
            success.add_metric([row.plan], row.last)
            age.add_metric([row.plan], time.time() - row.last)
    yield from (done, seconds, ended, success, age)


def _of_files(chosen: Settings) -> Iterator[Metric]:
    url = parse(chosen.store)
    if isinstance(url, FileUrl):
        log = sum(path.stat().st_size for path in logs_beside(url.path))
        size = url.path.stat().st_size if url.path.exists() else 0
        yield _gauge("store_bytes", "Bytes of the store's file.", size)
        yield _gauge("store_log_bytes", "Bytes of its write-ahead log.", log)
    here = places(chosen.store)
    free = shutil.disk_usage(nearest_existing(here.home.absolute())).free
    yield _gauge("disk_free_bytes", "Free bytes beside the store.", free)
    held = held_locks(here.locks)
    yield _gauge("jobs_locked", "Jobs that are locked by a plan run of this machine.", held)
    results = sum(1 for _ in here.results.glob("*.json"))
    yield _gauge("results_persisted", "Results in files, recorded or not.", results)
    waiting = sum(1 for _ in outbox(chosen).glob("*.json"))
    yield _gauge("messages_waiting", "Messages that are still to be delivered.", waiting)


def _of_plan_runs(chosen: Settings) -> Iterator[Metric]:
    running = plan_runs.running(chosen.store)
    killed = len(plan_runs.killed(chosen.store))
    yield _gauge("plan_runs_running", "Plan runs on this machine.", len(running))
    yield _gauge("plan_runs_killed", "Plan runs of this machine that were killed.", killed)
    waiting = sum(run.total - run.done for run in running)
    yield _gauge("jobs_waiting", "Jobs of running plan runs that have not ended.", waiting)


def _of_events(chosen: Settings) -> Iterator[Metric]:
    """Yield waits for the store's gate and for locks of jobs, as the file of events has them."""
    if chosen.log is None:
        return
    waits: dict[str, list[float]] = {"gate, reading": [], "gate, writing": [], "job locks": []}
    with suppress(OSError), chosen.log.open("rb") as lines:
        for line in lines:
            if b'"gate_wait"' not in line and b'"job_locks"' not in line:
                continue
            with suppress(ValueError, KeyError, TypeError):  # cut by a full disk
                event = json.loads(line)
                name = "job locks"
                if event["event"] == "gate_wait":
                    name = f"gate, {'writing' if event['writing'] else 'reading'}"
                if (seconds := float(event["seconds"])) > _LONG:
                    waits[name].append(seconds)
    count = CounterMetricFamily(
        "rankcheck_waits", "Waits in the file of events, by what for.", labels=["for"]
    )
    total = CounterMetricFamily(
        "rankcheck_wait_seconds", "Seconds of waits in the file of events.", labels=["for"]
    )
    for name, each in waits.items():
        count.add_metric([name], len(each))
        total.add_metric([name], sum(each))
    yield from (count, total)


def _of_prefect(chosen: Settings) -> Iterator[Metric]:
    from flows.operations.prefect_api import PrefectUnreachable, answers, api_url, ask

    server = None
    with suppress(PrefectUnreachable):
        server = ask(api_url()) if answers(api_url()) else None
    yield _gauge("prefect_up", "Whether Prefect's server answers.", server is not None)
    if server is None:
        return
    yield _gauge("workers_online", "Workers that are online.", len(server.workers))
    yield _gauge("flow_runs_waiting", "Flow runs that are due.", len(server.waiting))
    now = datetime.now(UTC)
    due = GaugeMetricFamily(
        "rankcheck_next_run_seconds", "Seconds until the next run.", labels=["deployment"]
    )
    for deployment in server.deployments:
        if deployment.next_due and not deployment.paused:
            due.add_metric([deployment.name], (deployment.next_due - now).total_seconds())
    yield due
