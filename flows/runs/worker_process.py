"""Run jobs for a plan run of another process, on this machine or on another.

A worker calls its plan run, which tells it what is left, and says what it does. It ends when the
plan run does: nobody would hear of its jobs.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db import plan_runs
from db.machine_locks import MachineLocks
from db.settings import settings
from flows.runs.interrupt import GRACE, TERMINATED
from flows.runs.worker_link import Call, Link, connect, machine

if TYPE_CHECKING:
    from flows.runs.outcomes import Watch
    from flows.runs.prepare import PlannedJob, PlannedRun

SECONDS_BETWEEN_MESSAGES = 1.0
"""Of the progress of one label."""

_links: list[Link] = []
"""Of this process: what handles a signal has no other way to the plan run."""


class WorkerRefusedError(RuntimeError):
    """The plan run has no work for a worker on this machine."""


def main() -> None:
    """Run a worker whose standard input says which plan run to call, and under which place."""
    call, place = json.loads(sys.stdin.readline())
    serve(Call(*call), place)


def serve(call: Call, place: int) -> None:
    """Do what a plan run tells a worker, as a Prefect flow.

    Args:
        call: How to reach the plan run.
        place: The worker's number among those of the plan run, from 0.
    """
    from flows.prefect_server import ensure_prefect_api
    from flows.runs.places import places

    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    _choose_server(call.prefect_url)
    ensure_prefect_api(places(settings().store).prefect)
    from flows.runs.worker_flow import worker

    worker(list(call), place)


def _choose_server(url_of_plan_run: str) -> None:
    """Use the Prefect server that is set here, or the plan run's; neither if it does not answer.

    The one of the plan run may be private, and on another machine.
    """
    from flows.operations.prefect_api import answers

    url = os.environ.setdefault("PREFECT_API_URL", url_of_plan_run)
    if url and not any(answers(url) for _ in range(3)):  # it may be busy
        print(f"no Prefect server answers at {url}: a private one is started", file=sys.stderr)
        del os.environ["PREFECT_API_URL"]


def leave() -> None:
    """Tell the plan run that this worker is about to be stopped, and started again."""
    for link in _links:
        link.send_at_once(kind="leaving")


def plan_run_lock(plan_run_id: str) -> str:
    """Return the name of the lock that a plan run holds on the store's server."""
    return f"plan run {plan_run_id}"


def work(call: Call, place: int) -> None:
    """Call the plan run and do what it tells, within a flow.

    Raises:
        LinkError: The plan run cannot be reached.
        WorkerRefusedError: It has no work for this machine.
    """
    link = connect(call)
    _links.append(link)
    over = threading.Event()
    try:
        name = os.environ.get("RANKCHECK_DEVICE") or f"{platform.node()} {place}"
        link.send(kind="hello", place=place, name=name, machine=machine())
        request = link.receive()
        if request is None or request["kind"] == "refused":
            raise WorkerRefusedError(request["why"] if request else "the plan run has ended")
        watcher = threading.Thread(target=_end_with_plan_run, args=(link, over), daemon=True)
        watcher.start()
        try:
            failures = _evaluate(request, link.send)
        except Exception as error:
            link.send(kind="unable", why=f"{type(error).__name__}: {error}")
            raise
        over.set()
        link.send(kind="end", failures=failures)
        watcher.join()
    finally:
        over.set()
        _links.remove(link)
        link.close()


def _end_with_plan_run(link: Link, over: threading.Event) -> None:
    """End this process when its plan run is gone; return when that has heard of the end."""
    if link.receive() is None and not over.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)  # what started this process may ignore the signal
        os._exit(TERMINATED)


def _evaluate(request: dict[str, Any], say: Callable[..., None]) -> list[str]:
    """Prepare the plan as the plan run did, and evaluate; return what could not be prepared."""
    from db import open_store
    from flows.nightly import evaluate_all
    from flows.plans.plan import read_plan
    from flows.plans.selection import select
    from flows.runs.prepare import prepare

    chosen = settings()
    validate_store(chosen.store, request["plan_run"])
    store = open_store(chosen.store)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.yaml")
        path.write_text(request["plan"], encoding="utf-8")
        plan = select(read_plan(path), request["only"])
    planned = prepare(plan, chosen, store, rerun="always")
    planned = replace(planned, todo=tuple(own_jobs(planned, request)))
    rounds = (True,) if request["wait"] else (False,)
    evaluate_all(
        planned, store, request["plan_run"], _progress(say), watch=_watch(say), rounds=rounds
    )
    return [f"{failure.checkpoint}: {failure.error}" for failure in planned.failures]


def validate_store(store_url: str, plan_run_id: str) -> None:
    """Validate that this process has the store of its plan run.

    Raises:
        WorkerRefusedError: The store does not know the plan run.
    """
    if any(run.night_id == plan_run_id for run in plan_runs.running(store_url)):
        return
    with closing(MachineLocks(store_url)) as machines:
        if machines.across_machines:
            with machines.held([plan_run_lock(plan_run_id)], wait=False) as free:
                if not free:
                    return
    raise WorkerRefusedError(
        f"RANKCHECK_STORE on {platform.node()} must be the store of the plan run, which is not"
        " running at the store that is set there: set it where the worker is started"
    )


def own_jobs(planned: PlannedRun, told: dict[str, Any]) -> list[PlannedJob]:
    """Return the jobs that are left, of the plan run's generation, this worker's checkpoint first.

    The store may have newer runs meanwhile, of other workers, so what is to run again is what the
    plan run found.
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


def _progress(say: Callable[..., None]) -> Callable[[str, int, int], None]:
    """Return a callback that passes progress on, now and then; the plan run counts the jobs."""
    last: dict[str, float] = {}

    def callback(label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if label != "jobs" and (
            done == total or now - last.get(label, 0.0) > SECONDS_BETWEEN_MESSAGES
        ):
            last[label] = now
            say(kind="progress", label=label, done=done, total=total)

    return callback


def _watch(say: Callable[..., None]) -> Watch:
    """Return the callbacks by which the plan run hears of jobs."""
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
