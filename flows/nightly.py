"""The nightly flow: plan → jobs → results → rows → claims → summary.

Run it from the command line (`rankcheck run`), or let Prefect run it on schedule (`prefect.yaml`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run

from db import open_store
from db.errors import StoreError
from db.settings import settings
from evaluators.digest import canonical_json
from evaluators.errors import EvaluatorError
from evaluators.result import Result
from flows import persisted
from flows.drift import judge_canaries
from flows.facts import publish_facts
from flows.locks import job_locks
from flows.night import Night, PlannedJob, prepare
from flows.outcomes import NightFailed, NightReport, Outcome
from flows.plan import read_plan
from flows.progress import show_progress
from flows.recording import (
    already_finished,
    provenance,
    record_failure,
    record_input_failure,
    record_result,
)
from flows.sessions import Sessions
from flows.summary import markdown_summary

KEEP_RESULTS_DAYS = 30.0


@flow(name="nightly", persist_result=False)
def nightly(plan: str = "plans/nightly.yaml", rerun: str | None = None) -> NightReport:
    """Evaluate what a plan asks for and is not done yet; keep every score.

    Args:
        plan: Path of the plan.
        rerun: Which finished jobs run again; None takes the plan's own rule.

    Raises:
        NightFailed: Some evaluations failed; the others are finished and kept.
    """
    chosen = settings()
    store = open_store(chosen.store)
    with show_progress() as progress:
        publish_facts(store)
        night = prepare(read_plan(plan), chosen, store, rerun=rerun, progress=progress)
        night_id = str(flow_run.id or uuid.uuid4())
        persisted.expire(night.places.results, keep_days=KEEP_RESULTS_DAYS)
        outcomes = evaluate_all(night, store, night_id, progress)
        for failure in night.failures:
            record_input_failure(store, failure, night_id)
        drifts = judge_canaries(store, night, night_id)
    report = NightReport(night.plan.name, outcomes, night.done, night.failures, drifts)
    create_markdown_artifact(markdown_summary(report), key="nightly-summary")
    if report.failure_lines():
        raise NightFailed(report)
    return report


def evaluate_all(night: Night, store: Any, night_id: str, progress: Any) -> list[Outcome]:
    """Run every job of the night, in groups that share their dataset.

    A group that another run is working on is left to it and looked at again at the end.
    """
    groups = [
        list(group)
        for _, group in groupby(
            night.todo, key=lambda item: (item.checkpoint.digest, item.job.task)
        )
    ]
    outcomes: list[Outcome] = []
    with Sessions(night, progress) as sessions:
        for wait in (False, True):
            waiting = []
            for group in groups:
                keys = [item.job.job_key for item in group]
                with job_locks(night.places.locks, keys, wait=wait) as held:
                    if held:
                        for item in group:
                            outcomes.append(run_job(item, night, store, night_id, sessions))
                            progress("jobs", len(outcomes), len(night.todo))
                    else:
                        waiting.append(group)
            groups = waiting
    return outcomes


def run_job(
    item: PlannedJob, night: Night, store: Any, night_id: str, sessions: Sessions
) -> Outcome:
    """Evaluate one job and record it; a failure is recorded and stays its own."""
    if already_finished(store, item):
        return Outcome(item, "elsewhere")
    name = persisted.result_name(item.job.job_key, item.generation)
    persisted.drop_unreadable(night.places.results / name)
    started = datetime.now(UTC)
    state = evaluate.with_options(
        task_run_name=f"{item.checkpoint.name} {item.job.task} {item.job.job_key[:8]}",
        result_storage=night.places.results,
        result_storage_key=name,
    )(name, lambda: sessions.evaluate(item), night_id, return_state=True)
    if not state.is_completed():
        error = state.result(raise_on_failure=False)
        record_failure(store, item, error, provenance(started, night_id=night_id))
        return Outcome(item, "failed", error=error)
    payload = state.result()
    try:
        record(store, item, payload)
    except StoreError as error:
        return Outcome(item, "failed", error=error)
    return Outcome(
        item,
        "restored" if state.name == "Cached" else "evaluated",
        Result.from_json(payload["result"]),
    )


def _worth_a_retry(_task: Any, _run: Any, state: Any) -> bool:
    """An evaluator's own error comes out the same the second time."""
    return not isinstance(state.result(raise_on_failure=False), EvaluatorError)


@task(
    persist_result=True,
    result_serializer="json",
    cache_key_fn=lambda _context, given: given["name"],
    retries=1,
    retry_condition_fn=_worth_a_retry,
)
def evaluate(name: str, work: Callable[[], Result], night_id: str) -> dict[str, Any]:
    """Run one job; Prefect keeps what it returns under the job's key, as plain JSON.

    Plain floats matter: on a numpy number Prefect would warn and persist nothing.
    """
    started = datetime.now(UTC)
    result = work()
    payload = {"result": result.to_json(), "provenance": provenance(started, night_id=night_id)}
    return dict(json.loads(canonical_json(payload)))


@task(retries=3, retry_delay_seconds=[1, 5, 15], persist_result=False)
def record(store: Any, item: PlannedJob, payload: dict[str, Any]) -> bool:
    """Write one finished job in one short transaction."""
    return record_result(store, item, Result.from_json(payload["result"]), payload["provenance"])


if __name__ == "__main__":
    nightly()
