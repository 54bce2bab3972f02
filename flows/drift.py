"""Judges a canary that ran again, and keeps the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from db.claims import write_verdicts
from db.rows import ClaimRow, VerdictRow
from evaluators.digest import sha256_json
from evaluators.job import Job
from flows.canary import CLAIM, Drift, compare
from flows.recording import environment_of

if TYPE_CHECKING:
    from db.store import Store
    from flows.night import Night

_RUNS = text(
    "SELECT r.generation, r.run_id, r.system_id, s.metric || ' k=' || s.k AS metric, s.value "
    "FROM runs r JOIN scores s USING (run_id) "
    "WHERE r.job_key = :job_key AND r.status = 'finished' AND s.aggregate = 'all' "
    "ORDER BY r.generation DESC, r.committed_at, r.run_id"
)
_JUDGED = text("SELECT count(*) FROM verdicts WHERE verdict_id = :verdict_id")
_STEADY = ClaimRow(
    claim=CLAIM,
    sentence="The same job gives the same scores in this environment as in the one before.",
    source="rankcheck's own canaries",
    decision_rule="environment-drift when a canary's score moves by more than the plan's tolerance",
    evaluator="sts",
)


def judge_canaries(store: Store, night: Night, night_id: str | None = None) -> list[Drift]:
    """Judge every canary of a night that has been run again and not been judged."""
    tolerance = night.plan.canary.tolerance
    judged = [
        judge_canary(store, job, tolerance=tolerance, night_id=night_id) for job in night.canaries
    ]
    return [drift for drift in judged if drift is not None]


def judge_canary(
    store: Store, job: Job, *, tolerance: float, night_id: str | None = None
) -> Drift | None:
    """Compare a canary's newest run with the one before it and keep the verdict.

    It reads the store, not the night's results, so that a verdict a kill prevented is made up for.

    Returns:
        The comparison; None where there is nothing to compare or the verdict is there already.
    """
    with store.read() as connection:
        rows = connection.execute(_RUNS, {"job_key": job.job_key}).mappings().all()
        generations = sorted({row["generation"] for row in rows}, reverse=True)[:2]
        if len(generations) < 2:
            return None
        verdict_id = sha256_json([CLAIM, job.job_key, generations[0]])
        if connection.execute(_JUDGED, {"verdict_id": verdict_id}).scalar_one():
            return None
    now, before = (_run(rows, generation) for generation in generations)
    drift = compare(
        job.task,
        {row["metric"]: row["value"] for row in before},
        {row["metric"]: row["value"] for row in now},
        tolerance=tolerance,
        environment_before=environment_of(store, before[0]["system_id"]),
        environment_now=environment_of(store, now[0]["system_id"]),
    )
    verdict = VerdictRow(
        verdict_id=verdict_id,
        claim=CLAIM,
        decided_at=datetime.now(UTC),
        verdict="environment-drift" if drift.drifted else "holds",
        statistic=drift.moved,
        threshold=tolerance,
        run_id=now[0]["run_id"],
        night_id=night_id,
        detail=drift.sentence(),
    )
    write_verdicts(store, [verdict], [_STEADY])
    return drift


def _run(rows: Sequence[Mapping[str, Any]], generation: int) -> list[Mapping[str, Any]]:
    """Return the scores of the one run of a generation that counts."""
    of_it = [row for row in rows if row["generation"] == generation]
    return [row for row in of_it if row["run_id"] == of_it[0]["run_id"]]
