"""Find when a plan last completed, and whether that is too long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from db.plain import from_utc

if TYPE_CHECKING:
    from db.store import Store

HOURS = 26.0
"""A plan that runs nightly is overdue after a day and two hours."""

USUAL_PLAN = "nightly"

_SKEW = timedelta(hours=1)
"""How far the clocks of machines may differ."""

_REPORTS = """
    SELECT plan, started_at, finished_at, evaluated, kept, failed FROM night_reports
    QUALIFY row_number() OVER (PARTITION BY night_id ORDER BY finished_at DESC) = 1
    ORDER BY finished_at DESC
"""


@dataclass(frozen=True)
class Ended:
    """A plan run that ended with a report.

    Attributes:
        plan: Name of the plan.
        started: When it began.
        finished: When it ended.
        evaluated: Jobs that it ran.
        kept: Jobs that were done before.
        failed: Jobs and inputs that failed.
    """

    plan: str
    started: datetime
    finished: datetime
    evaluated: int
    kept: int
    failed: int


@dataclass(frozen=True)
class Age:
    """The age of the last plan run that completed without a failure.

    Attributes:
        plan: Name of the plan; empty for any.
        last: Its last plan run that completed; None if there is none.
        failed_since: Its plan runs that ended with a failure since then.
        hours: Largest age of the last one, in hours.
        now: The time from which the age is measured.
    """

    plan: str
    last: Ended | None
    failed_since: tuple[Ended, ...]
    hours: float
    now: datetime

    @property
    def overdue(self) -> bool:
        """Return whether it is too old or missing, or its age is unknown."""
        if self.last is None or self._in_future(self.last):
            return True
        return self.now - self.last.finished > timedelta(hours=self.hours)

    def _in_future(self, run: Ended) -> bool:
        """Return whether a run ended in the future: a clock is or was wrong."""
        return run.finished - self.now > _SKEW

    def sentence(self) -> str:
        """Return a summary in one sentence."""
        noun = f"plan run of {self.plan!r}" if self.plan else "plan run"
        if self.last is None:
            return f"no {noun} has ever completed"
        if self._in_future(self.last):
            return (
                f"the last {noun} completed at {self.last.finished:%Y-%m-%d %H:%M} UTC, which is in"
                " the future: the clock of this machine is or was wrong, so the age of the last"
                " success is unknown; set the clock, and run the plan again"
            )
        elapsed = (self.now - self.last.finished).total_seconds() / 3600
        plan = "" if self.plan else f" ({self.last.plan})"
        return (
            f"the last {noun}{plan} completed {elapsed:.1f} hours ago,"
            f" {self.last.finished:%Y-%m-%d %H:%M} UTC"
        )


def reports(store: Store) -> list[Ended]:
    """Return the plan runs that ended with a report, newest first.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be read.
    """
    if not store.exists():
        return []
    with store.read() as connection:
        return [
            Ended(
                row.plan,
                from_utc(row.started_at),
                from_utc(row.finished_at),
                row.evaluated,
                row.kept,
                row.failed,
            )
            for row in connection.exec_driver_sql(_REPORTS)
        ]


def age(
    runs: list[Ended],
    *,
    plan: str | None = None,
    hours: float = HOURS,
    now: datetime | None = None,
) -> Age:
    """Return how long ago a plan run completed.

    Args:
        runs: The plan runs that `reports` returned.
        plan: Name of the plan; None takes `nightly` if it has ever run, and any plan otherwise.
            An empty name takes any.
        hours: Largest age of the last one, in hours.
        now: The current time; by default the clock's.
    """
    if plan is None:
        plan = USUAL_PLAN if any(run.plan == USUAL_PLAN for run in runs) else ""
    of_plan = [run for run in runs if plan in ("", run.plan)]
    last = next((run for run in of_plan if not run.failed), None)
    failed_since = of_plan[: of_plan.index(last)] if last else of_plan
    return Age(plan, last, tuple(failed_since), hours, now or datetime.now(UTC))
