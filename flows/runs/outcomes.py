"""The outcomes of the jobs of a plan run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from evaluators.result import Result

if TYPE_CHECKING:
    from db.rows import NightRow, VerdictRow
    from db.store import Store
    from flows.judging.canaries import Drift
    from flows.runs.prepare import InputFailure, PlannedJob


Status = Literal["evaluated", "restored", "elsewhere", "failed"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one job.

    Attributes:
        item: The job.
        status: `evaluated` now, `restored` from a result that an earlier run left, finished
            `elsewhere` by another run meanwhile, or `failed`.
        result: Its result; None if this run does not have it.
        error: The error of a failed job.
    """

    item: PlannedJob
    status: Status
    result: Result | None = None
    error: BaseException | None = None


class Watch(NamedTuple):
    """Functions that are called around each job.

    Attributes:
        started: Called with a job before it runs.
        ended: Called with its outcome.
    """

    started: Callable[[PlannedJob], None]
    ended: Callable[[Outcome], None]


@dataclass
class RunReport:
    """The outcome of a plan run.

    Attributes:
        plan: Name of the plan.
        outcomes: The outcome of every job that had to run.
        kept: How many jobs had a finished run already.
        input_failures: Checkpoints and datasets that are unavailable.
        left_out: Optional checkpoints whose source cannot be reached.
        drifts: Differences of the canaries from their previous runs.
        verdicts: The new verdicts.
        duplicates: A sentence for each checkpoint whose runs are stored under another name.
        problem: Why canaries and claims could not be judged; None if they were.
    """

    plan: str
    outcomes: Sequence[Outcome]
    kept: int
    input_failures: Sequence[InputFailure] = ()
    left_out: Sequence[InputFailure] = ()
    drifts: Sequence[Drift] = field(default=())
    verdicts: Sequence[VerdictRow] = ()
    duplicates: Sequence[str] = ()
    problem: Exception | None = None

    def count(self, status: Status) -> int:
        """Return how many jobs have this status."""
        return sum(outcome.status == status for outcome in self.outcomes)

    def row(self, night_id: str, started: datetime) -> NightRow:
        """Return its row for the store, with the current time as its end."""
        from db.rows import NightRow

        return NightRow(
            night_id=night_id,
            plan=self.plan,
            started_at=started,
            finished_at=datetime.now(UTC),
            evaluated=self.count("evaluated"),
            restored=self.count("restored"),
            elsewhere=self.count("elsewhere"),
            kept=self.kept,
            failed=self.count("failed") + len(self.input_failures),
            verdicts=len(self.verdicts),
        )

    def lines(self) -> list[str]:
        """Return a summary of the plan run, one line per kind of event."""
        parts = [f"{self.count('evaluated')} evaluated"]
        reasons: tuple[tuple[Status, str], ...] = (
            ("restored", "recovered from an earlier run"),
            ("elsewhere", "finished by another run meanwhile"),
        )
        for status, phrase in reasons:
            if count := self.count(status):
                parts.append(f"{count} {phrase}")
        parts.append(f"{self.kept} done before")
        reasons_again = sorted(
            {o.item.why for o in self.outcomes if o.status == "evaluated"} - {"missing"}
        )
        return [
            f"{self.plan}: {', '.join(parts)}.",
            *(f"ran again ({why})" for why in reasons_again),
            *self.left_out_lines(),
            *self.duplicates,
            *(drift.sentence() for drift in self.drifts),
            *([f"{len(self.verdicts)} verdicts on claims are new"] if self.verdicts else []),
        ]

    def left_out_lines(self) -> list[str]:
        """Return one line for each optional checkpoint that this run goes without."""
        return [f"left out {missing.checkpoint}: {missing.error}" for missing in self.left_out]

    def failure_lines(self) -> list[str]:
        """Return one line for each failure, with its reason."""
        lines = []
        for missing in self.input_failures:
            subject = (
                f"{missing.checkpoint} on {missing.task}" if missing.task else missing.checkpoint
            )
            lines.append(f"{subject}: {type(missing.error).__name__}: {missing.error}")
        for outcome in self.outcomes:
            if outcome.status == "failed":
                item = outcome.item
                variant = ", ".join(
                    str(value)
                    for key, value in item.job.parameters.items()
                    if key in ("pooling", "whitening", "transform")
                )
                lines.append(
                    f"{item.subject} on {item.job.task} ({variant}): "
                    f"{type(outcome.error).__name__}: {outcome.error}"
                )
        if self.problem is not None:
            lines.append(f"not completed: {type(self.problem).__name__}: {self.problem}")
        return lines


class PlanRunFailed(Exception):  # noqa: N818 - what a failed flow run is called in Prefect
    """Some evaluations failed; the others are finished and stored."""

    told = True  # its message was sent with the report

    def __init__(self, report: RunReport) -> None:
        self.report = report
        lines = report.failure_lines()
        super().__init__(f"{len(lines)} failed:\n" + "\n".join(f"  {line}" for line in lines))


def note_run(store: Store, row: NightRow) -> None:
    """Write a plan run's report; only print a warning if the store cannot be written."""
    from db.errors import StoreError
    from db.record import write_night

    try:
        write_night(store, row)
    except StoreError as error:
        print(f"the plan run's report could not be stored: {error}", file=sys.stderr)
