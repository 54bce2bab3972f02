"""What became of each job of a plan run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from evaluators.result import Result

if TYPE_CHECKING:
    from db.rows import NightRow, VerdictRow
    from db.store import Store
    from flows.judging.canaries import Drift
    from flows.runs.prepare import InputFailure, PlannedJob


Status = Literal["evaluated", "restored", "elsewhere", "failed"]


@dataclass(frozen=True)
class Outcome:
    """One job's end.

    Attributes:
        item: The job.
        status: `evaluated` now, `restored` from a result an earlier run left behind, finished
            `elsewhere` by another run meanwhile, or `failed`.
        result: Its result where it is at hand.
        error: What went wrong.
    """

    item: PlannedJob
    status: Status
    result: Result | None = None
    error: BaseException | None = None


@dataclass
class RunReport:
    """What became of a plan run.

    Attributes:
        plan: Name of the plan.
        outcomes: Every job that was to run.
        kept: How many jobs had a finished run already.
        input_failures: Checkpoints and datasets that are unavailable.
        drifts: How the canaries compare with their previous runs.
        verdicts: The new verdicts.
        problem: Why canaries and claims could not be judged; None where they were.
    """

    plan: str
    outcomes: Sequence[Outcome]
    kept: int
    input_failures: Sequence[InputFailure] = ()
    drifts: Sequence[Drift] = field(default=())
    verdicts: Sequence[VerdictRow] = ()
    problem: Exception | None = None

    def count(self, status: Status) -> int:
        """Return how many jobs ended so."""
        return sum(outcome.status == status for outcome in self.outcomes)

    def row(self, night_id: str, started: datetime) -> NightRow:
        """Return it as the store keeps it; the plan run ends now."""
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
            failed=len(self.failure_lines()),
            verdicts=len(self.verdicts),
        )

    def lines(self) -> list[str]:
        """Return what happened, one line a thing, for people."""
        parts = [f"{self.count('evaluated')} evaluated"]
        reasons: tuple[tuple[Status, str], ...] = (
            ("restored", "taken from results an earlier run left behind"),
            ("elsewhere", "finished by another run meanwhile"),
        )
        for status, words in reasons:
            if found := self.count(status):
                parts.append(f"{found} {words}")
        parts.append(f"{self.kept} done before")
        again = sorted({o.item.why for o in self.outcomes if o.status == "evaluated"} - {"missing"})
        return [
            f"{self.plan}: {', '.join(parts)}.",
            *(f"ran again ({why})" for why in again),
            *(drift.sentence() for drift in self.drifts),
            *([f"{len(self.verdicts)} verdicts on claims are new"] if self.verdicts else []),
        ]

    def failure_lines(self) -> list[str]:
        """Return one line a failure: what failed, and why."""
        lines = []
        for missing in self.input_failures:
            where = (
                f"{missing.checkpoint} on {missing.task}" if missing.task else missing.checkpoint
            )
            lines.append(f"{where}: {type(missing.error).__name__}: {missing.error}")
        for outcome in self.outcomes:
            if outcome.status == "failed":
                item = outcome.item
                what = ", ".join(
                    str(value)
                    for key, value in item.job.parameters.items()
                    if key in ("pooling", "whitening")
                )
                lines.append(
                    f"{item.subject} on {item.job.task} ({what}): "
                    f"{type(outcome.error).__name__}: {outcome.error}"
                )
        if self.problem is not None:
            lines.append(f"claims: {type(self.problem).__name__}: {self.problem}")
        return lines


class PlanRunFailed(Exception):  # noqa: N818 - what a failed flow run is called in Prefect
    """Some evaluations failed; the others are finished and kept."""

    told = True  # its message has gone out with the report

    def __init__(self, report: RunReport) -> None:
        self.report = report
        lines = report.failure_lines()
        super().__init__(f"{len(lines)} failed:\n" + "\n".join(f"  {line}" for line in lines))


def note_run(store: Store, row: NightRow) -> None:
    """Write a plan run's report; a store that cannot be written now loses nothing else."""
    from db.errors import StoreError
    from db.record import write_night

    try:
        write_night(store, row)
    except StoreError as error:
        print(f"the plan run's report is not kept: {error}", file=sys.stderr)
