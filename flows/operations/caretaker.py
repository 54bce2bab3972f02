"""Recover flow runs whose process is gone: mark them, restart them, send messages.

Prefect leaves a flow run *Running* or *Pending* forever when its worker and its process were
killed, or the machine went down. The caretaker is a thread of the Prefect server that rankcheck
starts (`python -m flows.prefect_server serve`), so it restarts with the server and needs no
command. It records its actions in the flow run's tags: after a kill, it continues from there, and a
message may be sent twice but is not lost.

It decides whether a process is alive by the best available evidence:

1. the mark of the plan run beside the store, whose lock the operating system releases with its
   holder (`db.plan_runs`): exact, on the machine of the process;
2. the heartbeats that Prefect's engine sends every 30 seconds: for other machines;
3. for a flow run that never started to run, how long it has been *Pending*.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from db import plan_runs
from db.settings import Settings
from flows.operations.notify import KEEP, Message, deliver, send
from flows.operations.prefect_api import ATTENDED, answers, client_of, in_states, our_flows

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

RESTARTED = "rankcheck:restart-"
"""Prefix of the tag of a flow run that restarts a crashed one; its number follows."""

MOST_RESTARTS = 2
"""A plan run that crashes a third time in a row is not restarted automatically."""

_RECENT = timedelta(hours=20)
"""An older crash is reported, but its jobs are left to the next plan run."""


@dataclass(frozen=True)
class SilenceLimits:
    """How long to wait for a sign of life.

    Attributes:
        silent: Time since the last heartbeat of a running flow run on another machine. Prefect
            sends one every 30 seconds; while its server is down they are queued and sent later.
        pending: Time since a flow run was claimed by a worker. Importing torch and Prefect on a
            busy machine takes a minute.
        pause: Time between two rounds.
    """

    silent: timedelta = timedelta(minutes=5)
    pending: timedelta = timedelta(minutes=5)
    pause: timedelta = timedelta(seconds=15)


def start_caretaker(url: str, settings: Settings, limits: SilenceLimits) -> None:
    """Start the caretaker of a server in a daemon thread of this process."""
    threading.Thread(target=_work, args=(url, settings, limits), daemon=True).start()


def _work(url: str, settings: Settings, limits: SilenceLimits) -> None:
    # The server is importing Prefect in the main thread: a concurrent import deadlocks.
    while not answers(url):
        time.sleep(0.5)
    since = datetime.now(UTC)
    while True:
        try:
            with client_of(url) as client:
                one_round(client, settings, limits, since)
        except Exception as error:  # an error in one round must not end the caretaker
            print(f"caretaker: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(limits.pause.total_seconds())


def one_round(
    client: SyncPrefectClient, settings: Settings, limits: SilenceLimits, since: datetime
) -> None:
    """Mark dead flow runs as crashed, handle crashed ones, and send waiting messages.

    Args:
        client: Client of the server.
        settings: The settings with the store of the marks and the URLs for messages.
        limits: How long to wait for a sign of life.
        since: When the server started; it received no heartbeats before.
    """
    _skip_missed(client)
    for run in client.read_flow_runs(
        flow_filter=our_flows(), flow_run_filter=in_states("PENDING", "RUNNING", "CANCELLING")
    ):
        if reason := _death_reason(client, run, settings, limits, since):
            _mark_dead(client, run, reason)
    for run in _unattended(client):
        _attend(client, run, settings)
    for problem in deliver(settings):
        print(f"caretaker: {problem}; retrying", file=sys.stderr, flush=True)


def _death_reason(
    client: SyncPrefectClient,
    run: FlowRun,
    settings: Settings,
    limits: SilenceLimits,
    since: datetime,
) -> str:
    """Return why a flow run must be dead, or an empty text."""
    run_id = str(run.id)
    if any(mark.flow_run_id == run_id for mark in plan_runs.running(settings.store)):
        return ""
    for mark in plan_runs.killed(settings.store):
        if mark.flow_run_id == run_id:
            return f"process {mark.pid} on {mark.host} is gone; it had finished {mark.progress}"
    assert run.state is not None  # noqa: S101 - the filter asked for states
    last_sign = max(_utc(run.state.timestamp), since)
    if run.state_type == "PENDING":
        limit, symptom = limits.pending, "it was claimed by a worker but has not started"
    else:
        last_sign = max(last_sign, _last_heartbeat(client, run_id) or last_sign)
        limit, symptom = limits.silent, "its process has sent no heartbeat"
    silent = datetime.now(UTC) - last_sign
    return f"{symptom} for {silent.total_seconds() / 60:.0f} minutes" if silent > limit else ""


def _last_heartbeat(client: SyncPrefectClient, run_id: str) -> datetime | None:
    from prefect.events.filters import (
        EventFilter,
        EventNameFilter,
        EventOrder,
        EventResourceFilter,
    )

    page = client.read_events(
        EventFilter(
            event=EventNameFilter(name=["prefect.flow-run.heartbeat"]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{run_id}"]),
            order=EventOrder.DESC,
        ),
        limit=1,
    )
    return _utc(page.events[0].occurred) if page.events else None


def _mark_dead(client: SyncPrefectClient, run: FlowRun, reason: str) -> None:
    """Mark a dead flow run as crashed, or as cancelled if it was cancelling."""
    from prefect.client.schemas.objects import State, StateType

    cancelled = run.state_type == "CANCELLING"
    ended = StateType.CANCELLED if cancelled else StateType.CRASHED
    # Not forced, so that a run that has just ended by itself keeps its own state.
    client.set_flow_run_state(run.id, State(type=ended, message=f"Marked by rankcheck: {reason}."))


def _unattended(client: SyncPrefectClient) -> list[FlowRun]:
    """Return recent crashed and failed flow runs that have not been handled."""
    from prefect.client.schemas.filters import FlowRunFilterEndTime

    ended = in_states("CRASHED", "FAILED")
    ended.end_time = FlowRunFilterEndTime(after_=datetime.now(UTC) - KEEP)  # type: ignore[arg-type]
    runs = client.read_flow_runs(flow_filter=our_flows(), flow_run_filter=ended, limit=200)
    return [run for run in runs if ATTENDED not in run.tags]


def _attend(client: SyncPrefectClient, run: FlowRun, settings: Settings) -> None:
    """Restart a crashed flow run if that helps, send a message, and tag it.

    A flow run that failed has sent its own message, unless it failed before its first line, for
    example because of its parameters.
    """
    assert run.state is not None  # noqa: S101 - the filter asked for states
    subject = _plan_of(run)
    crashed = run.state_type == "CRASHED"
    outcome = "crashed" if crashed else "failed"
    next_step = (
        _start_again(client, run) if crashed else "The next plan run evaluates what is missing."
    )
    start_text = (
        f"It started at {_utc(run.start_time):%Y-%m-%d %H:%M} UTC. " if run.start_time else ""
    )
    for problem in send(
        Message(
            f"rankcheck: {subject}: the plan run {outcome}",
            f"Flow run {run.name!r} of {subject} {outcome}. {start_text}\n"
            f"{run.state.message or 'Prefect gives no reason.'}\n\n"
            f"Finished jobs are stored. {next_step}\n"
            f"Its log: prefect flow-run logs {run.id}",
            "failure",
        ),
        settings,
        pauses=(0.0, 2.0),
    ):
        print(f"caretaker: {problem}; retrying", file=sys.stderr, flush=True)
    client.update_flow_run(run.id, tags=[*run.tags, ATTENDED])


def _plan_of(run: FlowRun) -> str:
    return str(run.parameters.get("plan") or run.parameters.get("board") or run.name)


def _start_again(client: SyncPrefectClient, run: FlowRun) -> str:
    """Create a flow run that continues a crashed one, and return a sentence about it."""
    if run.deployment_id is None:
        return f"It was started manually: start it again with rankcheck run {_plan_of(run)}"
    if other := _successor(client, run):
        return f"Flow run {other.name!r} evaluates what is missing."
    assert run.state is not None  # noqa: S101 - the filter asked for states
    if datetime.now(UTC) - _utc(run.state.timestamp) > _RECENT:
        return "The next plan run evaluates what is missing."
    restarts = max(
        (int(tag.removeprefix(RESTARTED)) for tag in run.tags if tag.startswith(RESTARTED)),
        default=0,
    )
    if restarts >= MOST_RESTARTS:
        return (
            f"It has crashed {restarts + 1} times in a row and is not restarted before it is next"
            " due: see its log, and rankcheck status."
        )
    tags = [tag for tag in run.tags if not tag.startswith(RESTARTED)]
    new = client.create_flow_run_from_deployment(
        run.deployment_id,
        parameters=run.parameters,
        tags=[*tags, f"{RESTARTED}{restarts + 1}"],
        idempotency_key=f"rankcheck-restart-{run.id}",
    )
    return f"It has been restarted as flow run {new.name!r}."


def _successor(client: SyncPrefectClient, run: FlowRun) -> FlowRun | None:
    """Return a later flow run of the same deployment that does the same work, or None."""
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilterExpectedStartTime,
    )

    assert run.deployment_id is not None  # noqa: S101 - asked before
    latest = datetime.now(UTC) + timedelta(minutes=10)
    due = _due(run)
    states = in_states("SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED")
    states.expected_start_time = FlowRunFilterExpectedStartTime(
        after_=due,  # type: ignore[arg-type]
        before_=latest,  # type: ignore[arg-type]
    )
    later = [
        other
        for other in client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[run.deployment_id])),
            flow_run_filter=states,
            limit=200,
        )
        if other.parameters == run.parameters and _due(other) > due
    ]
    return min(later, key=_due, default=None)


def _skip_missed(client: SyncPrefectClient) -> None:
    """Cancel the missed runs of each deployment except the newest."""
    from prefect.client.schemas.objects import State, StateType
    from prefect.client.schemas.sorting import FlowRunSort

    due_before = datetime.now(UTC) - timedelta(minutes=2)
    missed: dict[tuple[UUID | None, str], list[FlowRun]] = {}
    for run in client.read_flow_runs(
        flow_filter=our_flows(),
        flow_run_filter=in_states("SCHEDULED"),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,  # missed runs before future ones
        limit=200,
    ):
        if run.auto_scheduled and _due(run) < due_before:
            missed.setdefault((run.deployment_id, str(run.parameters)), []).append(run)
    for runs in missed.values():
        for run in sorted(runs, key=_due)[:-1]:
            state = State(
                type=StateType.CANCELLED,
                message="Marked by rankcheck: a later run of the same deployment is due as well.",
            )
            client.set_flow_run_state(run.id, state)


def _due(run: FlowRun) -> datetime:
    due = run.expected_start_time or run.created
    if due is None:
        raise ValueError(f"a flow run must have a time of creation, got none for {run.name!r}")
    return _utc(due)


def _utc(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp(), UTC)
