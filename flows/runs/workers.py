"""Share the jobs of a plan run between worker processes, on this machine or on others.

The workers take groups of jobs by their locks, as plan runs at once do, and record what they
evaluate. The plan run itself evaluates nothing: it has a runner start the workers, tells them what
is left, shows their progress, runs again what a worker that died left, and concludes.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from db.machine_locks import MachineLocks
from evaluators.errors import EvaluatorError
from evaluators.result import Result
from flows.plans.plan import read_plan_text
from flows.runs.outcomes import Outcome
from flows.runs.runners import Crew, Runner, Workers
from flows.runs.sessions import session_of
from flows.runs.worker_link import Exchange, Link, machine
from flows.runs.worker_process import plan_run_lock

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.progress import Progress
    from flows.runs.prepare import PlannedJob, PlannedRun

ATTEMPTS = 2
"""How often a job is run whose worker dies; then the job has failed."""

_SECONDS_BETWEEN_LOOKS = 0.5
"""At the workers: one may end without a word, or never begin."""

_SILENT_SECONDS = 60.0
"""After which the plan run says that no worker has called yet."""


class WorkerError(EvaluatorError):
    """The worker of a job ended while it ran it, or could not prepare it."""


class Request(NamedTuple):
    """What the workers are told of a plan run.

    Attributes:
        plan: The plan's file or name.
        only: Patterns that the plan is cut to.
    """

    plan: str
    only: Sequence[str] = ()


@dataclass
class _Round:
    """What workers said in one round.

    Attributes:
        outcomes: By job key.
        deaths: Of each worker that ended before it had finished: its job, empty where it ran none,
            and why it ended.
        unprepared: Why workers could not prepare jobs.
    """

    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    deaths: list[tuple[str, str]] = field(default_factory=list)
    unprepared: list[str] = field(default_factory=list)


@dataclass
class _Work:
    """What the workers of one round are to do.

    Attributes:
        told: What each is told, besides its jobs.
        shares: The jobs of each worker's request; one share where all take what is left.
        attempts: By job, how often a worker died on it, in this round and before.
        one_machine: Whether the store locks jobs on this machine only.
    """

    told: dict[str, Any]
    shares: list[dict[str, tuple[int, str]]]
    attempts: Counter[str]
    one_machine: bool

    def request(self, place: int, crew: Crew, ended: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a worker is told: what is left at this moment."""
        share = self.shares[place % len(self.shares)]
        left = {
            key: list(how)
            for key, how in share.items()
            if key not in ended and self.attempts[key] < ATTEMPTS
        }
        return {**self.told, "generations": left, "place": place, "of": crew.count}


def evaluate_with_workers(
    runner: Runner,
    request: Request,
    planned: PlannedRun,
    store: Store,
    plan_run_id: str,
    progress: Progress,
) -> list[Outcome]:
    """Run every job of the plan run in the worker processes of a runner.

    Args:
        runner: Starts the workers.
        request: What was asked for.
        planned: The plan run.
        store: The store, where the workers record.
        plan_run_id: The id under which rows are recorded.
        progress: Called with labels, the amount done and the total.

    Returns:
        One outcome for each job, in the order of the plan run.

    Raises:
        RunnerError: The runner cannot start workers.
    """
    items = {item.job.job_key: item for item in planned.todo}
    outcomes: dict[str, Outcome] = {}
    attempts: Counter[str] = Counter()
    fruitless = 0
    wait = False
    told = {
        "plan": read_plan_text(request.plan),
        "only": list(request.only),
        "plan_run": plan_run_id,
    }
    with closing(MachineLocks(planned.settings.store)) as machines:
        while left := [key for key in items if key not in outcomes]:
            groups = _groups([items[key] for key in left])
            shares = groups if runner.own_groups else [_joined(groups)]
            work = _Work({**told, "wait": wait}, shares, attempts, not machines.across_machines)
            alone = wait and not runner.own_groups  # it only waits for others
            crew = Crew(1 if alone else runner.count(len(left), len(groups)))
            # Held so that a worker elsewhere can tell whether it has the same store.
            with machines.held([plan_run_lock(plan_run_id)], wait=True):
                found = _run_workers(runner, work, crew, len(outcomes), len(items), progress)
            for key, said in found.outcomes.items():
                outcomes[key] = _outcome(items[key], said)
            for key, why in found.deaths:
                if key and attempts[key] >= ATTEMPTS:
                    _fail(outcomes, items, [key], f"{why}, the last of {attempts[key]} times")
            fruitless = 0 if found.outcomes else fruitless + 1
            idle = [why for key, why in found.deaths if not key]
            if idle and fruitless >= ATTEMPTS:
                _fail(outcomes, items, left, f"{idle[-1]}, the last of {fruitless} times")
            if wait and not found.deaths:
                _fail(outcomes, items, left, _unprepared(found))
            wait = not found.deaths  # what is left is held by another plan run
    return [outcomes[key] for key in items]


def _groups(items: Sequence[PlannedJob]) -> list[dict[str, tuple[int, str]]]:
    """Return how to run the jobs of each loaded checkpoint: generation and reason by key."""
    groups: dict[tuple[str, ...], dict[str, tuple[int, str]]] = {}
    for item in items:
        groups.setdefault(session_of(item), {})[item.job.job_key] = (item.generation, item.why)
    return list(groups.values())


def _joined(groups: Sequence[dict[str, tuple[int, str]]]) -> dict[str, tuple[int, str]]:
    return {key: how for group in groups for key, how in group.items()}


def _unprepared(found: _Round) -> str:
    reason = f" ({found.unprepared[0]})" if found.unprepared else ""
    return f"the job could not be prepared again{reason}: run the plan again"


def _fail(
    outcomes: dict[str, Outcome], items: Mapping[str, PlannedJob], keys: Sequence[str], why: str
) -> None:
    """Add that jobs have failed, if they have no outcome."""
    for key in keys:
        if key not in outcomes:
            outcomes[key] = Outcome(items[key], "failed", error=WorkerError(why))


def _outcome(item: PlannedJob, said: dict[str, Any]) -> Outcome:
    """Return the outcome that a worker told; an error has its class's name there."""
    error = None
    if said["error"]:
        name, text = said["error"]
        error = type(name, (EvaluatorError,), {})(text)
    result = Result.from_json(said["result"]) if said["result"] else None
    return Outcome(item, said["status"], result, error)


def _run_workers(
    runner: Runner, work: _Work, crew: Crew, done: int, total: int, progress: Progress
) -> _Round:
    """Run workers until each has finished, or ended without being started again."""
    calls: SimpleQueue[tuple[Link, dict[str, Any] | None]] = SimpleQueue()
    listening = _Listening(work, crew, done, total, progress)

    def heard(link: Link, message: dict[str, Any] | None) -> None:
        while message is not None:
            calls.put((link, message))
            message = link.receive()
        calls.put((link, None))

    with ExitStack() as stack:
        exchange = stack.enter_context(Exchange(heard, everywhere=runner.elsewhere))
        workers = stack.enter_context(runner.workers(exchange.call, crew))
        stack.enter_context(listening.ended_links())
        looked = 0.0
        while not listening.over(workers):
            try:
                listening.hear(*calls.get(timeout=_SECONDS_BETWEEN_LOOKS))
                while time.monotonic() - looked < _SECONDS_BETWEEN_LOOKS:
                    listening.hear(*calls.get(timeout=0.05))
            except Empty:
                pass
            looked = time.monotonic()
    return listening.found


class _Listening:
    """Keeps what workers say, and answers them; used by one thread."""

    def __init__(self, work: _Work, crew: Crew, done: int, total: int, progress: Progress) -> None:
        self.found = _Round()
        self._work = work
        self._crew = crew
        self._done = done
        self._total = total
        self._progress = progress
        self._links: dict[Link, tuple[int, str]] = {}
        self._running: dict[Link, str] = {}
        self._unable: dict[int, str] = {}
        self._lost: list[tuple[int, str]] = []
        self._begun = time.monotonic()
        self._warned = False

    @contextmanager
    def ended_links(self) -> Iterator[None]:
        """End the connections when the block ends, and with them workers that still run."""
        try:
            yield
        finally:
            for link in self._links:
                link.close()

    def over(self, workers: Workers) -> bool:
        """Return whether every worker has finished or ended; then tell why the others ended."""
        connected = {place for place, _ in self._links.values()}
        waiting = set(range(self._crew.count)) - self._crew.finished - connected
        if connected or (waiting and not waiting <= workers.ended().keys()):
            self._say_what_it_waits_for(bool(connected))
            return False
        whys = workers.ended()
        for place in waiting - {place for place, _ in self._lost}:
            self._lost.append((place, ""))
        for place, job in self._lost:
            why = self._unable.get(place) or whys.get(place, "the connection to a worker ended")
            self.found.deaths.append((job, why))
        return True

    def _say_what_it_waits_for(self, connected: bool) -> None:
        self._warned = self._warned or connected
        if not self._warned and time.monotonic() - self._begun > _SILENT_SECONDS:
            self._warned = True
            print(f"none of {self._crew.count} workers has begun yet", file=sys.stderr)

    def hear(self, link: Link, message: dict[str, Any] | None) -> None:
        """Keep a message, and answer it; None is the end of the connection."""
        if message is None:
            self._end(link)
            return
        match message["kind"]:
            case "hello":
                self._greet(link, message)
            case "started":
                self._running[link] = message["job"]
            case "outcome":
                self._running.pop(link, None)
                self._keep(message)
                self._progress("jobs", self._done + len(self.found.outcomes), self._total)
            case "progress":
                label = f"{self._links[link][1]}: {message['label']}"
                self._progress(label, message["done"], message["total"])
            case "unable":
                self._note_unable(link, message["why"])
            case "leaving":  # it will be started again, and its job has done nothing wrong
                self._running.pop(link, None)
            case "end":
                self._crew.finished.add(self._links[link][0])
                self.found.unprepared += message["failures"]
                link.send(kind="bye")

    def _greet(self, link: Link, message: dict[str, Any]) -> None:
        """Tell a worker what is left, unless it is on a machine that the store does not know."""
        place = int(message["place"])
        self._links[link] = (place, message["name"])
        self._crew.lost.discard(place)
        if self._work.one_machine and message["machine"] != machine():
            why = (
                "the store locks jobs on its own machine only, so that workers on others would"
                " evaluate them a second time: use a DuckLake on PostgreSQL (RANKCHECK_STORE), or a"
                " runner on this machine"
            )
            self._note_unable(link, why)
            link.send(kind="refused", why=why)
            return
        request = self._work.request(place, self._crew, self.found.outcomes)
        link.send(kind="request", **request)

    def _note_unable(self, link: Link, why: str) -> None:
        place, name = self._links[link]
        self._unable[place] = f"{name}: {why}"

    def _end(self, link: Link) -> None:
        place, _ = self._links.pop(link, (-1, ""))
        job = self._running.pop(link, "")
        if place >= 0 and place not in self._crew.finished:
            self._crew.lost.add(place)
            self._work.attempts[job] += 1
            self._lost.append((place, job))

    def _keep(self, message: dict[str, Any]) -> None:
        """Keep an outcome; of a job that two workers took up, what the first one did."""
        before = self.found.outcomes.get(message["job"])
        if before is None or before["status"] == "elsewhere":
            self.found.outcomes[message["job"]] = message
