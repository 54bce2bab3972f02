"""Execute one plan run, from its plan to its report, for the command and the flow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db import event_log, open_store, plan_runs
from db.errors import StoreError
from flows.errors import ClaimError
from flows.progress import show_progress
from flows.runs.prepare import PlannedRun, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from db.settings import Settings
    from db.store import Store
    from evaluators.progress import Progress
    from flows.plans.plan import Plan
    from flows.runs.outcomes import Outcome, RunReport

Evaluate = Callable[[PlannedRun, "Store", str, "Progress"], "list[Outcome]"]
"""A function that runs and records jobs: planned run, store, plan run id, progress."""

_planned: ContextVar[PlannedRun | None] = ContextVar("planned", default=None)


class RunIds(NamedTuple):
    """The ids of a plan run.

    Attributes:
        plan_run: Its id in the store.
        flow_run: Prefect's id of its flow run; empty outside Prefect.
        deployment: Prefect's id of its deployment; empty if it has none.
    """

    plan_run: str
    flow_run: str = ""
    deployment: str = ""


@contextmanager
def hand_over(planned: PlannedRun) -> Iterator[None]:
    """Let a flow that is called in the block reuse the planned jobs."""
    token = _planned.set(planned)
    try:
        yield
    finally:
        _planned.reset(token)


def plan_run(
    plan: Plan,
    path: Path | str,
    settings: Settings,
    ids: RunIds,
    evaluate: Evaluate,
    *,
    rerun: str | None = None,
) -> RunReport:
    """Prepare, evaluate and conclude one plan run, record it, and send messages.

    Args:
        plan: The plan.
        path: The file of the plan, for messages.
        settings: The environment's settings.
        ids: The ids of the plan run.
        evaluate: Runs the jobs, if there are any.
        rerun: Which finished jobs run again; None takes the plan's own rule.

    Raises:
        StoreError: The store cannot be used, and nothing was evaluated; or its disk is full.
    """
    from flows.operations.news import first_places, marked, tell_of
    from flows.runs.outcomes import note_run

    started = datetime.now(UTC)
    store = open_store(settings.store)
    flow = {"flow_run": ids.flow_run} if ids.flow_run else {}
    with (
        event_log.within(plan_run=ids.plan_run, plan=plan.name, **flow),
        _noted(started) as ended,
        show_progress() as display,
        plan_runs.mark(settings.store, plan.name, *ids) as mark,
    ):
        progress = marked(display, mark)
        planned = _handed_over(plan) or plan_jobs(plan, settings, store, rerun, progress)
        first_places_before = first_places(store)
        progress("jobs", 0, len(planned.todo))
        outcomes = evaluate(planned, store, ids.plan_run, progress)
        report = conclude(store, planned, outcomes, ids.plan_run, progress)
        row = report.row(ids.plan_run, started)
        ended.update(evaluated=row.evaluated, kept=row.kept, failed=row.failed)
        note_run(store, row)
        tell_of(store, report, ids.plan_run, first_places_before, str(path), settings)
    return report


@contextmanager
def _noted(started: datetime) -> Iterator[dict[str, Any]]:
    """Note the begin and the end of a plan run; yield the fields of the latter."""
    event_log.note("plan_run_started")
    fields: dict[str, Any] = {}
    try:
        yield fields
    except BaseException as error:
        fields["error"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        seconds = (datetime.now(UTC) - started).total_seconds()
        event_log.note("plan_run_ended", seconds=seconds, **fields)


def _handed_over(plan: Plan) -> PlannedRun | None:
    """Return the jobs that were handed over, once and only for the same plan."""
    planned = _planned.get()
    _planned.set(None)
    return planned if planned is not None and planned.plan == plan else None


def plan_jobs(
    plan: Plan,
    settings: Settings,
    store: Store,
    rerun: str | None = None,
    progress: Progress | None = None,
) -> PlannedRun:
    """Update the bundled facts, and return the jobs of a plan."""
    from flows.boards.facts import publish_facts
    from flows.judging.claims import record_claims

    with store.together():
        publish_facts(store)
        record_claims(store)  # a rule is known before the evidence that it judges
    return prepare(plan, settings, store, rerun=rerun, progress=progress)


def conclude(
    store: Store,
    planned: PlannedRun,
    outcomes: list[Outcome],
    plan_run_id: str,
    progress: Progress | None = None,
) -> RunReport:
    """Record unavailable inputs, and judge canaries, measured boards and claims.

    All decisions use only the store, so that the next plan run completes what a kill or a busy
    store prevented.
    """
    from db.record import write_prompt_choices
    from flows.boards.measured import store_measured_boards
    from flows.judging.canaries import judge_canaries
    from flows.judging.claims import judge_claims
    from flows.runs.checkpoint_names import record_names
    from flows.runs.outcomes import RunReport
    from flows.runs.recording import record_input_failure

    report = RunReport(
        planned.plan.name, outcomes, planned.done, planned.failures, planned.left_out
    )
    try:
        with store.together():
            for failure in planned.failures:
                record_input_failure(store, failure, plan_run_id)
            report.duplicates = record_names(store, planned.checkpoints.values())
            write_prompt_choices(store, planned.prompt_choices)
            report.drifts = judge_canaries(store, planned, plan_run_id)
            store_measured_boards(store)
            report.verdicts = judge_claims(store, plan_run_id, progress)
    except (ClaimError, StoreError) as error:
        print(f"not completed: {error}", file=sys.stderr)
        report.problem = error
    return report
