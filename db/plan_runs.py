"""Track running and killed plan runs, each by a locked file beside the store.

The operating system releases the lock with its holder, whatever ended it, so an unlocked file is a
plan run that was killed. The files are about this machine only; the reports of finished plan runs
are in the table `night_reports`.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import file_lock, run_files

_KEEP = timedelta(days=30)
_MOST_BYTES = 10_000


@dataclass(frozen=True)
class PlanRun:
    """A plan run that is running, or that was killed.

    Attributes:
        night_id: Its identity, as in `night_reports`.
        plan: Name of the plan.
        started_at: When it began, ISO 8601 with its time zone.
        pid: Process that runs it.
        host: Machine it runs on.
        flow_run_id: Prefect's id of the flow run; empty without one.
        deployment_id: Prefect's id of the deployment it belongs to; empty without one.
        done: Jobs that have ended.
        total: Jobs to run; 0 while that is not known yet.
    """

    night_id: str
    plan: str
    started_at: str
    pid: int
    host: str
    flow_run_id: str = ""
    deployment_id: str = ""
    done: int = 0
    total: int = 0

    @property
    def started(self) -> datetime:
        """Return when it began."""
        return datetime.fromisoformat(self.started_at)

    @property
    def progress(self) -> str:
        """Return its progress, such as `3 of 20 jobs`."""
        return f"{self.done} of {self.total} jobs" if self.total else "none of its jobs"


class Mark:
    """The file of this process's plan run, which is updated as jobs end."""

    def __init__(self, descriptor: int, run: PlanRun) -> None:
        self._descriptor = descriptor
        self._run = run
        self._write()

    def progress(self, done: int, total: int) -> None:
        """Record how many jobs have ended, of how many."""
        self._run = replace(self._run, done=done, total=total)
        self._write()

    def _write(self) -> None:
        # A full disk must not end the evaluations; the mark is then outdated.
        with suppress(OSError):
            text = json.dumps(asdict(self._run)).encode()
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))


@contextmanager
def mark(
    store_url: str, plan: str, night_id: str, flow_run_id: str = "", deployment_id: str = ""
) -> Iterator[Mark | None]:
    """Mark a plan run as running during the block.

    Yields:
        The mark; None if the folder cannot be written, which must not prevent the evaluation.

    Raises:
        StoreError: The URL has none of the known forms.
    """
    path = folder(store_url) / f"{night_id}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        yield None
        return
    try:
        # Lock it before filling it, because readers skip an empty file.
        file_lock.take(descriptor, wait=True)
        yield Mark(
            descriptor,
            PlanRun(
                night_id=night_id,
                plan=plan,
                started_at=datetime.now(UTC).isoformat(timespec="seconds"),
                pid=os.getpid(),
                host=platform.node(),
                flow_run_id=flow_run_id,
                deployment_id=deployment_id,
            ),
        )
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def running(store_url: str) -> list[PlanRun]:
    """Return the running plan runs of this machine, oldest first."""
    return [run for run, alive in _all(store_url) if alive]


def killed(store_url: str) -> list[PlanRun]:
    """Return the plan runs of this machine that ended without a report, oldest first."""
    return [run for run, alive in _all(store_url) if not alive]


def forget_killed(store_url: str, plan: str) -> None:
    """Remove the marks of a plan's killed runs, and very old marks."""
    oldest = datetime.now(UTC) - _KEEP
    for run in killed(store_url):
        if run.plan == plan or run.started < oldest:
            (folder(store_url) / f"{run.night_id}.json").unlink(missing_ok=True)


def folder(store_url: str) -> Path:
    """Return the folder with the marks of a store's plan runs.

    Raises:
        StoreError: The URL has none of the known forms.
    """
    file = run_files.main_file(store_url)
    return file.parent / f"{file.name}.running"


def _all(store_url: str) -> list[tuple[PlanRun, bool]]:
    marks = [_read(path) for path in folder(store_url).glob("*.json")]
    return sorted(
        (mark_and_state for mark_and_state in marks if mark_and_state),
        key=lambda mark_and_state: mark_and_state[0].started,
    )


def _read(path: Path) -> tuple[PlanRun, bool] | None:
    """Return a mark and whether its process is alive; None if the file is not a mark."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Shared, so that two concurrent readers do not take each other for the plan run.
        alive = not file_lock.take(descriptor, shared=True)
        content = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
        types = {field.name: int if field.type == "int" else str for field in fields(PlanRun)}
        if content.keys() != types.keys() or path.stem != content["night_id"]:
            return None
        if any(type(content[name]) is not kind for name, kind in types.items()):
            return None
        run = PlanRun(**content)
        return (run, alive) if run.started.tzinfo else None
    except (ValueError, AttributeError, OSError):
        return None
    finally:
        os.close(descriptor)
