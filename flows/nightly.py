"""The nightly flow: plan → jobs → results → rows → claims → summary.

Run it from the command line (`rankcheck run`), or let Prefect run it on schedule (`prefect.yaml`).
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import deployment, flow_run

from db import open_store, plan_runs
from db.disk import full_disk
from db.errors import StoreError
from db.settings import Settings, settings
from evaluators.digest import canonical_json
from evaluators.errors import EvaluatorError
from evaluators.result import Result
from flows import persisted, tables, work
from flows.conclusions import conclude
from flows.drift import judge_canaries
from flows.environment import environment
from flows.facts import publish_facts
from flows.inputs import InputPlace
from flows.interrupt import stop_if_interrupted
from flows.locks import job_locks, remove_unheld_locks
from flows.night import Night, PlannedJob, prepare
from flows.operations.announced import errors_told, marked, tell_of
from flows.operations.lost_output import output_may_be_lost
from flows.operations.news import first_places
from flows.operations.prefect_api import PrefectUnreachable, note_attended
from flows.outcomes import NightFailed, NightReport, Outcome, note_night
from flows.plan import read_plan
from flows.progress import show_progress
from flows.recording import (
    already_finished,
    is_recorded,
    provenance,
    record_failure,
    record_input_failure,
    record_result,
)
from flows.reports.plan_run_markdown import markdown_summary
from flows.sessions import Sessions, session_of

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
    try:
        with output_may_be_lost(), errors_told(plan, chosen):
            return run_plan(plan, rerun, chosen)
    except Exception:
        with suppress(PrefectUnreachable):  # they may hear of it twice
            note_attended(str(flow_run.id), flow_run.tags)
        raise


def run_plan(path: str, rerun: str | None, chosen: Settings) -> NightReport:
    """Prepare, evaluate, conclude and report one plan run, inside a Prefect flow run.

    Raises:
        NightFailed: Some evaluations failed; people have been told.
    """
    started = datetime.now(UTC)
    night_id = str(flow_run.id or uuid.uuid4())
    store = open_store(chosen.store)
    plan = read_plan(path)
    with (
        show_progress() as shown,
        plan_runs.mark(
            chosen.store,
            plan.name,
            night_id,
            flow_run_id=str(flow_run.id or ""),
            deployment_id=str(deployment.id or ""),
        ) as mark,
    ):
        progress = marked(shown, mark)
        publish_facts(store)
        night = prepare(plan, chosen, store, rerun=rerun, progress=progress)
        progress("jobs", 0, len(night.todo))
        clean_up(night)
        before = first_places(store)
        outcomes = evaluate_all(night, store, night_id, progress)
        drifts, verdicts = [], []
        try:
            for failure in night.failures:
                record_input_failure(store, failure, night_id)
            drifts = judge_canaries(store, night, night_id)
            verdicts = conclude(store, night_id, progress)
        except StoreError as error:  # the report has the failures; the next night judges again
            print(f"not recorded: {error}", file=sys.stderr)
        report = NightReport(plan.name, outcomes, night.done, night.failures, drifts, verdicts)
        note_night(store, report.row(night_id, started))
        tell_of(store, report, night_id, before, path, chosen)
    create_markdown_artifact(markdown_summary(report), key="nightly-summary")
    if report.failure_lines():
        raise NightFailed(report)
    return report


def clean_up(night: Night) -> None:
    """Remove what earlier plan runs left behind and nobody needs any more."""
    persisted.expire(night.places.results, keep_days=KEEP_RESULTS_DAYS)
    work.expire(night.places.work, keep_days=KEEP_RESULTS_DAYS)
    remove_unheld_locks(night.places.locks)


def evaluate_all(night: Night, store: Any, night_id: str, progress: Any) -> list[Outcome]:
    """Run every job of the night, in groups that share their dataset.

    A group that another run is working on is left to it and looked at again at the end.
    """
    groups = grouped(night.todo)
    outcomes: list[Outcome] = []
    with Sessions(night, progress) as sessions:
        for wait in (False, True):
            waiting = []
            for group in groups:
                keys = [item.job.job_key for item in group]
                if wait:
                    print(f"waiting for another run to finish {group[0].job.task}", file=sys.stderr)
                with job_locks(night.places.locks, keys, wait=wait) as held:
                    if held:
                        for item in group:
                            stop_on_full_disk(night)
                            outcomes.append(run_job(item, night, store, night_id, sessions))
                            progress("jobs", len(outcomes), len(night.todo))
                    else:
                        waiting.append(group)
            groups = waiting
    return outcomes


def stop_on_full_disk(night: Night) -> None:
    """End a plan run whose results cannot be kept; Prefect would retry for 20 seconds a job.

    Raises:
        StoreError: The disk of the store has no room.
    """
    if full := full_disk([night.places.home]):
        raise StoreError(full)


def grouped(todo: Sequence[PlannedJob]) -> list[list[PlannedJob]]:
    """Put jobs together that share a session, and within it those that share a dataset.

    So each checkpoint is loaded once a night, however its evaluations are spread over the plan.
    """
    groups: dict[tuple[str, ...], dict[str, list[PlannedJob]]] = {}
    for item in todo:
        groups.setdefault(session_of(item), {}).setdefault(item.job.task, []).append(item)
    return [group for by_task in groups.values() for group in by_task.values()]


def run_job(
    item: PlannedJob, night: Night, store: Any, night_id: str, sessions: Sessions
) -> Outcome:
    """Evaluate one job and record it; a failure of any kind is recorded and stays its own."""
    started = datetime.now(UTC)
    stop_if_interrupted()
    try:
        return evaluate_and_record(item, night, store, night_id, sessions)
    except Exception as error:
        stop_if_interrupted(error)
        try:
            made = provenance(started, night_id=night_id)
            record_failure(store, item, error, made, night.inputs)
        except StoreError as unwritten:
            error.add_note(f"not even the failure could be recorded: {unwritten}")
        return Outcome(item, "failed", error=error)


def evaluate_and_record(
    item: PlannedJob, night: Night, store: Any, night_id: str, sessions: Sessions
) -> Outcome:
    """Evaluate one job, unless its result is at hand, and record it."""
    if already_finished(store, item):
        return Outcome(item, "elsewhere")
    name = persisted.result_name(item.job.job_key, item.generation)
    file = night.places.results / name
    repeated = item.generation > 0
    persisted.drop_unusable(file, environment=environment().to_json() if repeated else None)
    state = evaluate.with_options(
        task_run_name=f"{item.subject} {item.job.task} {item.job.job_key[:8]}",
        result_storage=night.places.results,
        result_storage_key=name,
    )(name, lambda: sessions.evaluate(item), night_id, return_state=True)
    payload = state.result()
    record(store, item, payload, night.inputs, night.places.tables)
    work.drop(night.places.work, item)
    if repeated:  # after a restore of the store it would pass for the next repetition
        file.unlink(missing_ok=True)
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
def evaluate(name: str, compute: Callable[[], Result], night_id: str) -> dict[str, Any]:
    """Run one job; Prefect keeps what it returns under the job's key, as plain JSON.

    Plain floats matter: on a numpy number Prefect would warn and persist nothing.
    """
    started = datetime.now(UTC)
    result = compute()
    payload = {"result": result.to_json(), "provenance": provenance(started, night_id=night_id)}
    return dict(json.loads(canonical_json(payload)))


@task(retries=3, retry_delay_seconds=[1, 5, 15], persist_result=False)
def record(
    store: Any, item: PlannedJob, payload: dict[str, Any], place: InputPlace, files: Path
) -> bool:
    """Write one finished job in one short transaction, and before it what it keeps as files."""
    result, made = Result.from_json(payload["result"]), payload["provenance"]
    tables.keep(result.tables, files, made["run_id"])
    if record_result(store, item, result, made, place):
        return True
    if not is_recorded(store, item, made["run_id"]):  # another run was quicker: its files stand
        tables.drop(files, made["run_id"])
    return False


if __name__ == "__main__":
    nightly()
