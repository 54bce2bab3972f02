"""Judges a canary that ran again, and keeps the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from evaluators.result import Result
from flows.canary import Drift, compare
from flows.environment import environment
from flows.recording import environment_of

if TYPE_CHECKING:
    from db.store import Store
    from flows.night import PlannedJob

_BEFORE = text(
    "SELECT r.run_id, r.system_id, s.metric, s.value FROM runs r JOIN scores s USING (run_id) "
    "WHERE r.job_key = :job_key AND r.generation = :generation AND r.status = 'finished' "
    "AND s.aggregate = 'all' ORDER BY r.committed_at, r.run_id"
)


def record_drift(store: Store, item: PlannedJob, result: Result, tolerance: float) -> Drift | None:
    """Compare a canary with its run before; None where there is none."""
    with store.read() as connection:
        rows = (
            connection.execute(
                _BEFORE, {"job_key": item.job.job_key, "generation": item.generation - 1}
            )
            .mappings()
            .all()
        )
    if not rows:
        return None
    first = rows[0]
    return compare(
        item.job.task,
        {row["metric"]: row["value"] for row in rows if row["run_id"] == first["run_id"]},
        result,
        tolerance=tolerance,
        environment_before=environment_of(store, first["system_id"]),
        environment_now=environment(),
    )
