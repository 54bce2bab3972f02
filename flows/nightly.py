"""Define the nightly flow: plan → jobs → results → rows → claims → summary.

Run it from the command line (`rankcheck run`), or let Prefect run it on schedule (`prefect.yaml`).
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import deployment, flow_run

from db import event_log
from db.disk import full_disk
from db.errors import StoreBusy, StoreError
from db.machine_locks import MachineLocks
from db.settings import settings
from db.store import Store
from evaluators.digest import canonical_json
from evaluators.errors import EvaluatorError
from evaluators.progress import Progress
from evaluators.result import Result
from flows.inputs import InputPlace
from flows.operations.lost_output import output_may_be_lost
from flows.operations.news import errors_told
from flows.operations.prefect_api import PrefectUnreachable, note_attended
from flows.plans.plan import read_plan
from flows.plans.selection import select
from flows.reports.summary import markdown_summary
from flows.runs import kept_work, predictions
from flows.runs.environment import environment
from flows.runs.interrupt import stop_if_interrupted, terminated_in_time
from flows.runs.locks import job_locks, remove_unheld_locks
from flows.runs.outcomes import Outcome, PlanRunFailed, RunReport, Watch
from flows.runs.plan_run import Evaluate, RunIds, plan_run
from flows.runs.prepare import PlannedJob, PlannedRun
from flows.runs.recording import (
    already_finished,
    is_recorded,
    provenance,
    record_failure,
    record_result,
)
from flows.runs.runners import runner_of
from flows.runs.sessions import Sessions, session_of
from flows.runs.workers import Request, evaluate_with_workers

if TYPE_CHECKING:
    from prefect import State, Task
    from prefect.client.schemas.objects import TaskRun


KEEP_RESULTS_DAYS = 30.0


@flow(name="nightly", persist_result=False)
def nightly(
    plan: str = "nightly",
    rerun: str | None = None,
    only: list[str] | None = None,
    devices: list[str] | None = None,
    runner: str | None = None,
) -> Callable[[], RunReport]:
    """Evaluate the unfinished jobs of a plan and store every score.

    It returns a function, as Prefect would look for futures in every score of the report.

    Args:
        plan: Path of the plan, or the name of one that ships with rankcheck.
        rerun: Which finished jobs run again; None takes the plan's own rule.
        only: Patterns of the checkpoints, evaluators and tasks to cut the plan to.
        devices: Torch devices that share the jobs, a process for each; None runs them here.
        runner: What starts the processes that run the jobs; None is the setting.

    Raises:
        PlanRunFailed: Some evaluations failed; the others are finished and kept.
    """
    chosen = settings()
    try:
        with terminated_in_time(), output_may_be_lost(), errors_told(plan, chosen):
            ids = RunIds(
                str(flow_run.id or uuid.uuid4()), str(flow_run.id or ""), str(deployment.id or "")
            )
            selected = select(read_plan(plan), only or ())
            evaluate_jobs: Evaluate = evaluate_all
            if started_by := runner_of(runner or chosen.runner, tuple(devices or ())):
                request = Request(plan, only or ())
                evaluate_jobs = partial(evaluate_with_workers, started_by, request)
            report = plan_run(selected, plan, chosen, ids, evaluate_jobs, rerun=rerun)
            create_markdown_artifact(markdown_summary(report), key="nightly-summary")
            if report.failure_lines():
                raise PlanRunFailed(report)
            return lambda: report
    except Exception:
        with suppress(PrefectUnreachable):  # the message may then be sent twice
            note_attended(str(flow_run.id), flow_run.tags)
        raise


def clean_up(planned: PlannedRun) -> None:
    """Remove leftovers of earlier plan runs that are no longer needed."""
    kept_work.expire_results(planned.places.results, keep_days=KEEP_RESULTS_DAYS)
    kept_work.expire_folders(planned.places.work, keep_days=KEEP_RESULTS_DAYS)
    remove_unheld_locks(planned.places.locks)


def evaluate_all(
    planned: PlannedRun,
    store: Store,
    night_id: str,
    progress: Progress,
    *,
    watch: Watch | None = None,
    rounds: Sequence[bool] = (False, True),
) -> list[Outcome]:
    """Run every job of the plan run, in groups that share their dataset.

    A group that another run has locked is skipped first, and waited for at the end.

    Args:
        planned: The plan run.
        store: Where results are recorded.
        night_id: Id of the plan run.
        progress: Called with the label `jobs` after each job, and by evaluators.
        watch: Called before and after each job.
        rounds: For each pass over the groups that are left, whether to wait for locked ones.
    """
    clean_up(planned)
    groups = grouped(planned.todo)
    outcomes: list[Outcome] = []
    with (
        Sessions(planned, progress) as sessions,
        closing(MachineLocks(planned.settings.store)) as machines,
    ):
        for wait in rounds:
            waiting = []
            for group in groups:
                keys = [item.job.job_key for item in group]
                if wait:
                    print(f"waiting for another run to finish {group[0].job.task}", file=sys.stderr)
                begun = time.monotonic()
                with job_locks(
                    planned.places.locks, keys, wait=wait, across_machines=machines
                ) as locked:
                    waited = round(time.monotonic() - begun, 3)
                    event_log.note("job_locks", jobs=len(keys), held=locked, seconds=waited)
                    if locked:
                        for item in group:
                            stop_on_full_disk(planned)
                            if watch:
                                watch.started(item)
                            outcomes.append(run_job(item, planned, store, night_id, sessions))
                            if watch:
                                watch.ended(outcomes[-1])
                            progress("jobs", len(outcomes), len(planned.todo))
                    else:
                        waiting.append(group)
            groups = waiting
    return outcomes


def stop_on_full_disk(planned: PlannedRun) -> None:
    """End a plan run if its disk is full; Prefect would retry each job for 20 seconds.

    Raises:
        StoreError: The disk of the store has no room.
    """
    if full := full_disk([planned.places.home]):
        raise StoreError(full)


def grouped(todo: Sequence[PlannedJob]) -> list[list[PlannedJob]]:
    """Group jobs by session, and within a session by dataset.

    So each checkpoint is loaded only once per plan run, whatever the order of the plan.
    """
    groups: dict[tuple[str, ...], dict[str, list[PlannedJob]]] = {}
    for item in todo:
        groups.setdefault(session_of(item), {}).setdefault(item.job.task, []).append(item)
    return [group for by_task in groups.values() for group in by_task.values()]


def run_job(
    item: PlannedJob, planned: PlannedRun, store: Store, night_id: str, sessions: Sessions
) -> Outcome:
    """Evaluate one job and record it; a failure is recorded and affects no other job."""
    job = item.job
    names = {"evaluator": job.evaluator, "task": job.task, "subject": item.subject}
    with event_log.within(job=job.job_key):
        event_log.note("job_started", **names, why=item.why, generation=item.generation)
        begun = time.monotonic()
        outcome = _run_job(item, planned, store, night_id, sessions)
        error = outcome.error
        failed = {"error": f"{type(error).__name__}: {error}"} if error else {}
        seconds = round(time.monotonic() - begun, 3)
        event_log.note("job_ended", **names, status=outcome.status, seconds=seconds, **failed)
        return outcome


def _run_job(
    item: PlannedJob, planned: PlannedRun, store: Store, night_id: str, sessions: Sessions
) -> Outcome:
    started = datetime.now(UTC)
    stop_if_interrupted()
    try:
        return evaluate_and_record(item, planned, store, night_id, sessions)
    except Exception as error:
        stop_if_interrupted(error)
        if isinstance(error, StoreBusy):  # recording that would take another wait
            return Outcome(item, "failed", error=error)
        try:
            origin = provenance(started, night_id=night_id)
            record_failure(store, item, error, origin, planned.inputs)
        except StoreError as store_error:
            error.add_note(f"the failure could not be recorded either: {store_error}")
        return Outcome(item, "failed", error=error)


def evaluate_and_record(
    item: PlannedJob, planned: PlannedRun, store: Store, night_id: str, sessions: Sessions
) -> Outcome:
    """Evaluate one job, unless its result is available, and record it.

    Raises:
        StoreBusy: The store stayed busy; the result waits on disk.
    """
    with suppress(StoreBusy):  # whether it is finished is decided again when it is recorded
        if already_finished(store, item):
            return Outcome(item, "elsewhere")
    name = kept_work.result_name(item.job.job_key, item.generation)
    file = planned.places.results / name
    repeated = item.generation > 0
    kept_work.drop_unusable(file, environment=environment().to_json() if repeated else None)
    state = evaluate.with_options(
        task_run_name=f"{item.subject} {item.job.task} {item.job.job_key[:8]}",
        result_storage=planned.places.results,
        result_storage_key=name,
    )(name, lambda: sessions.evaluate(item), night_id, return_state=True)
    payload = state.result()
    try:
        record(lambda: keep(store, item, payload, planned.inputs, planned.places.tables))
    except StoreBusy as error:
        raise StoreBusy(f"{error}; the result is kept, and the next run records it") from error
    kept_work.drop_folder(planned.places.work, item)
    if repeated:  # after a restore of the store, it would count as the next repetition
        file.unlink(missing_ok=True)
    return Outcome(
        item,
        "restored" if state.name == "Cached" else "evaluated",
        Result.from_json(payload["result"]),
    )


def _is_worth_a_retry(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a retry may help; an evaluator's own error would only repeat."""
    return not isinstance(state.result(raise_on_failure=False), EvaluatorError)


@task(
    persist_result=True,
    result_serializer="json",
    cache_key_fn=lambda _context, arguments: arguments["name"],
    retries=1,
    retry_condition_fn=_is_worth_a_retry,
)
def evaluate(name: str, compute: Callable[[], Result], night_id: str) -> dict[str, Any]:
    """Run one job; Prefect persists its result under the job's key as plain JSON.

    The floats must be plain: on a numpy number, Prefect would warn and persist nothing.
    """
    started = datetime.now(UTC)
    result = compute()
    payload = {"result": result.to_json(), "provenance": provenance(started, night_id=night_id)}
    return dict(json.loads(canonical_json(payload)))


def _was_not_busy(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a retry may help; a busy store was waited for already."""
    return not isinstance(state.result(raise_on_failure=False), StoreBusy)


@task(
    retries=3,
    retry_delay_seconds=[1, 5, 15],
    retry_condition_fn=_was_not_busy,
    persist_result=False,
)
def record(keep_one: Callable[[], bool]) -> bool:
    """Keep one job's result; a function, as Prefect would look for futures in every score."""
    return keep_one()


def keep(
    store: Store, item: PlannedJob, payload: dict[str, Any], place: InputPlace, files: Path
) -> bool:
    """Write the files of one finished job, and then the job in one short transaction."""
    result, origin = Result.from_json(payload["result"]), payload["provenance"]
    predictions.keep_tables(result.tables, files, origin["run_id"])
    if record_result(store, item, result, origin, place):
        return True
    if not is_recorded(store, item, origin["run_id"]):  # another run was quicker
        predictions.drop_tables(files, origin["run_id"])
    return False


if __name__ == "__main__":
    nightly()
