"""Send a message when no plan run has completed for too long.

The guard must not run inside what it guards, so `rankcheck watch` is for cron or systemd: it reads
the store, and asks Prefect's server only for the reason.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from db import open_store, plan_runs, run_files
from db.errors import StoreError
from db.settings import Settings
from evaluators.atomic import write_json
from flows.operations.notify import Message, deliver, send
from flows.operations.overdue import HOURS, age, reports
from flows.operations.prefect_api import PrefectUnreachable, api_url, ask

AGAIN = timedelta(hours=24)
"""Time between two messages about the same problem."""


class _Trouble(NamedTuple):
    """A problem to report: title, sentence, and reasons known from the store."""

    title: str
    sentence: str
    details: Sequence[str] = ()


def look(
    chosen: Settings,
    *,
    plan: str | None = None,
    hours: float = HOURS,
    now: datetime | None = None,
) -> list[str]:
    """Check for overdue and killed plan runs, and send messages about new ones.

    Args:
        chosen: The settings with the store and the URLs for messages.
        plan: Name of the plan; None takes `nightly` if it has ever run, and any plan otherwise.
        hours: Largest age of the last completed plan run, in hours.
        now: The current time; by default the clock's.

    Returns:
        The problems, one sentence each, whether messages about them were sent before or not.
    """
    now = now or datetime.now(UTC)
    sent = _Sent(chosen)
    sentences: list[str] = []
    messages: list[Message] = []
    trouble = _trouble(chosen, plan, hours, now)
    if trouble:
        sentences.append(trouble.sentence)
        # After the clock was set back, the last message seems to be in the future.
        if sent.overdue_at is None or abs(now - sent.overdue_at) >= AGAIN:
            messages.append(_trouble_message(trouble, [*trouble.details, *diagnosis()]))
            sent.overdue_at = now
    else:
        sent.overdue_at = None
    for run in plan_runs.killed(chosen.store):
        sentences.append(
            f"the plan run of {run.plan!r} that started at {run.started:%Y-%m-%d %H:%M} UTC was"
            " killed"
        )
        # The server's caretaker sends the message about a flow run of a deployment.
        if not run.deployment_id and run.night_id not in sent.killed:
            messages.append(_killed_message(run))
            sent.killed.append(run.night_id)
    undelivered = deliver(chosen, pauses=(0.0, 2.0))
    for message in messages:
        undelivered += send(message, chosen)
    sent.keep()
    return [*sentences, *undelivered]


def diagnosis() -> list[str]:
    """Return possible reasons from Prefect's server, one sentence each."""
    try:
        return ask(api_url()).problems()
    except PrefectUnreachable as error:
        return [f"{error}: start it (python -m flows.schedule, or its service)"]
    except Exception as error:  # the guard must report whatever is wrong with Prefect
        return [f"the Prefect server cannot be queried: {type(error).__name__}: {error}"]


def _trouble(chosen: Settings, plan: str | None, hours: float, now: datetime) -> _Trouble | None:
    try:
        last_run = age(reports(open_store(chosen.store)), plan=plan, hours=hours, now=now)
    except StoreError as error:
        title = "the store cannot be read"
        return _Trouble(title, f"{title}: {error}")
    if not last_run.overdue:
        return None
    details = [
        f"the plan run of {run.plan!r} that ended at {run.finished:%Y-%m-%d %H:%M} UTC failed:"
        f" {run.failed} of its jobs and inputs"
        for run in last_run.failed_since[:5]
    ]
    return _Trouble(f"no plan run completed in {hours:g} hours", last_run.sentence(), details)


def _trouble_message(trouble: _Trouble, reasons: list[str]) -> Message:
    causes = "\n".join(f"- {reason}" for reason in reasons) or (
        "- no cause found: the server answers, a worker is online and nothing is paused"
    )
    return Message(
        f"rankcheck: {trouble.title}",
        f"On {platform.node()}: {trouble.sentence}.\n\nPossible causes:\n{causes}\n\n"
        "See rankcheck status and rankcheck doctor. This message is repeated once a day until"
        " it is resolved.",
        "failure",
    )


def _killed_message(run: plan_runs.PlanRun) -> Message:
    return Message(
        f"rankcheck: {run.plan}: the plan run was killed",
        f"The plan run of {run.plan!r} that started at {run.started:%Y-%m-%d %H:%M} UTC on"
        f" {run.host} (process {run.pid}) ended without a report; it had finished"
        f" {run.progress}.\n\n"
        "Finished jobs are stored. The next run of the plan evaluates the rest.",
        "failure",
    )


class _Sent:
    """The messages already sent, stored beside the store."""

    def __init__(self, chosen: Settings) -> None:
        file = run_files.main_file(chosen.store)
        self._path: Path = file.parent / f"{file.name}.watch.json"
        self.overdue_at: datetime | None = None
        self.killed: list[str] = []
        try:
            record = json.loads(self._path.read_text(encoding="utf-8"))
            self.killed = [str(run_id) for run_id in record["killed"]]
            if record["overdue_at"]:
                self.overdue_at = datetime.fromisoformat(record["overdue_at"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no file yet, or one that a kill truncated: messages are sent again

    def keep(self) -> None:
        overdue_at = self.overdue_at.isoformat() if self.overdue_at else None
        with suppress(OSError):  # a full disk: messages are sent again
            write_json(self._path, {"overdue_at": overdue_at, "killed": self.killed[-100:]})
