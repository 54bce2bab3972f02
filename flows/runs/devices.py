"""Run the jobs of a plan run on several devices of this machine: a child process for each.

The children take groups of jobs by their locks, as plan runs at once do, and record what they
evaluate. Each begins with another checkpoint. The plan run itself evaluates nothing: it starts the
children, shows their progress, runs again what a child that died left, and concludes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from evaluators.errors import EvaluatorError
from evaluators.result import Result
from flows.runs.outcomes import Outcome

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.progress import Progress
    from flows.runs.prepare import PlannedJob, PlannedRun

ATTEMPTS = 2
"""How often a job is run whose process dies; then the job has failed."""


class DeviceError(EvaluatorError):
    """The process of a device ended while it ran a job, or could not prepare it."""


class Request(NamedTuple):
    """What the children are told of a plan run.

    Attributes:
        plan: The plan's file or name.
        only: Patterns that the plan is cut to.
    """

    plan: str
    only: Sequence[str] = ()


@dataclass
class _Round:
    """What children said in one round.

    Attributes:
        outcomes: By job key.
        running: The job that each child runs, by its place.
        died: Exit statuses of the children that did not end well, by their place.
    """

    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: dict[int, str] = field(default_factory=dict)
    died: dict[int, int] = field(default_factory=dict)


def evaluate_on_devices(
    devices: Sequence[str],
    request: Request,
    planned: PlannedRun,
    store: Store,
    plan_run_id: str,
    progress: Progress,
) -> list[Outcome]:
    """Run every job of the plan run on one of several devices.

    Args:
        devices: Torch devices, as `cuda:0`; one may occur several times.
        request: What was asked for.
        planned: The plan run.
        store: The store, for which the children are told its address.
        plan_run_id: The id under which rows are recorded.
        progress: Called with labels, the amount done and the total.

    Returns:
        One outcome for each job, in the order of the plan run.
    """
    items = {item.job.job_key: item for item in planned.todo}
    outcomes: dict[str, Outcome] = {}
    attempts: Counter[str] = Counter()
    wait = False
    while left := [key for key in items if key not in outcomes]:
        told = {
            "plan": request.plan,
            "only": list(request.only),
            "plan_run": plan_run_id,
            "generations": {key: [items[key].generation, items[key].why] for key in left},
            "wait": wait,
        }
        chosen = devices[:1] if wait else devices[: len(left)]
        found = _run_children(chosen, told, len(outcomes), len(items), progress)
        for key, said in found.outcomes.items():
            outcomes[key] = _outcome(items[key], said)
        for place, status in found.died.items():
            key = found.running.get(place, "")
            attempts[key] += 1
            if attempts[key] >= ATTEMPTS:
                why = (
                    f"the process on {chosen[place]} ended with status {status}, the last of"
                    f" {attempts[key]} times: see the machine's log, it may be out of memory"
                )
                _fail(outcomes, items, [key] if key in items else left, why)
        if wait and not found.died:
            _fail(outcomes, items, left, "the job could not be prepared again: run the plan again")
        wait = not found.died  # what is left is held by another plan run
    return [outcomes[key] for key in items]


def _fail(
    outcomes: dict[str, Outcome], items: Mapping[str, PlannedJob], keys: Sequence[str], why: str
) -> None:
    """Add that jobs have failed, if they have no outcome."""
    for key in keys:
        if key not in outcomes:
            outcomes[key] = Outcome(items[key], "failed", error=DeviceError(why))


def _outcome(item: PlannedJob, said: dict[str, Any]) -> Outcome:
    """Return the outcome that a child told; an error has its class's name there."""
    error = None
    if said["error"]:
        name, text = said["error"]
        error = type(name, (EvaluatorError,), {})(text)
    result = Result.from_json(said["result"]) if said["result"] else None
    return Outcome(item, said["status"], result, error)


def _run_children(
    devices: Sequence[str], told: dict[str, Any], done: int, total: int, progress: Progress
) -> _Round:
    """Run one child for each device to its end."""
    messages: SimpleQueue[tuple[int, dict[str, Any]]] = SimpleQueue()
    found = _Round()
    with _children(devices, told, messages) as children:
        open_children = len(children)
        while open_children:
            place, message = messages.get()
            match message["kind"]:
                case "end":
                    open_children -= 1
                    if status := children[place].wait():
                        found.died[place] = status
                case "started":
                    found.running[place] = message["job"]
                case "outcome":
                    found.running.pop(place, None)
                    _keep(found, message)
                    progress("jobs", done + len(found.outcomes), total)
                case "progress":
                    label = f"{devices[place]}: {message['label']}"
                    progress(label, message["done"], message["total"])
    return found


def _keep(found: _Round, message: dict[str, Any]) -> None:
    """Keep an outcome; of a job that two children took up, what the first one did."""
    before = found.outcomes.get(message["job"])
    if before is None or before["status"] == "elsewhere":
        found.outcomes[message["job"]] = message


@contextmanager
def _children(
    devices: Sequence[str],
    told: dict[str, Any],
    messages: SimpleQueue[tuple[int, dict[str, Any]]],
) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the children; end those that still run when the block ends."""
    threads = str(max(1, (os.cpu_count() or 1) // len(devices)))
    children = []
    try:
        for place, device in enumerate(devices):
            child = subprocess.Popen(
                [sys.executable, "-m", "flows.runs.device_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={"OMP_NUM_THREADS": threads, **os.environ, "RANKCHECK_DEVICE": device},
            )
            children.append(child)
            mine = {**told, "place": place, "of": len(devices)}
            stdin, stdout = cast("IO[str]", child.stdin), cast("IO[str]", child.stdout)
            with suppress(BrokenPipeError):  # it died already, which its reader tells
                stdin.write(json.dumps(mine) + "\n")
                stdin.flush()  # it stays open: the child ends with its parent
            threading.Thread(target=_read, args=(place, stdout, messages), daemon=True).start()
        yield children
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            child.wait()
            with suppress(BrokenPipeError):  # what it had not read
                cast("IO[str]", child.stdin).close()


def _read(place: int, said: IO[str], messages: SimpleQueue[tuple[int, dict[str, Any]]]) -> None:
    """Pass on what a child says until it ends."""
    with said:
        for line in said:
            messages.put((place, json.loads(line)))
    messages.put((place, {"kind": "end"}))
