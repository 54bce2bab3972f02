"""Run jobs on one device for a plan run of another process, which reads what is said here.

The first line of standard input says what to run; its end is the end of that process, and of this
one. Each line of standard output is a message, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.runs.prepare import PlannedJob, PlannedRun

SECONDS_BETWEEN_MESSAGES = 1.0
"""Of the progress of one label."""


def main() -> None:
    """Run the child: prepare the plan as its parent did, and evaluate."""
    told = json.loads(sys.stdin.readline())
    say = _speaker()
    threading.Thread(target=_end_with_parent, daemon=True).start()

    from prefect import flow

    from db import open_store
    from db.settings import settings
    from flows.nightly import evaluate_all
    from flows.plans.plan import read_plan
    from flows.plans.selection import select
    from flows.runs.prepare import prepare

    chosen = settings()
    store = open_store(chosen.store)
    plan = select(read_plan(told["plan"]), told["only"])
    planned = prepare(plan, chosen, store, rerun="always")
    planned = replace(planned, todo=tuple(own_jobs(planned, told)))

    @flow(name="device", persist_result=False)
    def on_device() -> None:
        evaluate_all(
            planned,
            store,
            told["plan_run"],
            _progress(say),
            watch=_watch(say),
            rounds=(True,) if told["wait"] else (False,),
        )

    on_device()


def own_jobs(planned: PlannedRun, told: dict[str, Any]) -> list[PlannedJob]:
    """Return the jobs that are left, of the parent's generation, this child's checkpoint first.

    The store may have newer runs meanwhile, of other children, so what is to run again is what the
    parent found.
    """
    from flows.runs.sessions import session_of

    wanted = told["generations"]
    sessions: dict[tuple[str, ...], list[PlannedJob]] = {}
    for item in planned.todo:
        if item.job.job_key in wanted:
            generation, why = wanted[item.job.job_key]
            again = replace(item, generation=generation, why=why)
            sessions.setdefault(session_of(item), []).append(again)
    order = list(sessions.values())
    first = told["place"] * len(order) // told["of"]
    return [item for session in (*order[first:], *order[:first]) for item in session]


def _end_with_parent() -> None:
    """End this process by SIGTERM when its parent is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _speaker() -> Callable[..., None]:
    """Return a function that sends a message; whatever else is printed goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def say(**message: Any) -> None:
        with lock:
            out.write(json.dumps(message) + "\n")
            out.flush()

    return say


def _progress(say: Callable[..., None]) -> Callable[[str, int, int], None]:
    """Return a callback that passes progress on, now and then; the parent counts the jobs."""
    last: dict[str, float] = {}

    def callback(label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if label != "jobs" and (
            done == total or now - last.get(label, 0.0) > SECONDS_BETWEEN_MESSAGES
        ):
            last[label] = now
            say(kind="progress", label=label, done=done, total=total)

    return callback


def _watch(say: Callable[..., None]) -> Any:
    """Return the callbacks by which the parent hears of jobs."""
    from flows.runs.outcomes import Outcome, Watch

    def ended(outcome: Outcome) -> None:
        error = outcome.error
        say(
            kind="outcome",
            job=outcome.item.job.job_key,
            status=outcome.status,
            result=outcome.result.to_json() if outcome.result else None,
            error=[type(error).__name__, str(error)] if error else None,
        )

    return Watch(lambda item: say(kind="started", job=item.job.job_key), ended)


if __name__ == "__main__":
    main()
