"""Judge canaries: small jobs that run again when the environment changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from db.claims import write_verdicts
from db.rows import ClaimRow, VerdictRow
from evaluators.digest import sha256_json
from evaluators.errors import ScoreError
from evaluators.job import Job
from flows.runs.environment import changes
from flows.runs.recording import environment_of

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from db.store import Store
    from flows.runs.prepare import PlannedRun


CLAIM = "environment-drift"


class Drift(NamedTuple):
    """How a canary compares with its run before.

    Attributes:
        task: Its task.
        metric: What `before` and `after` are.
        before: Headline value of the run before.
        after: Headline value of the newest run.
        moved: Largest absolute difference over all its scores.
        tolerance: What was allowed.
        changed: What differs in the environment, one line a thing.
    """

    task: str
    metric: str
    before: float
    after: float
    moved: float
    tolerance: float
    changed: Sequence[str]

    @property
    def drifted(self) -> bool:
        """Return whether a score left its tolerance."""
        return self.moved > self.tolerance

    def sentence(self) -> str:
        """Say it in one line."""
        cause = "; ".join(self.changed) or "nothing that rankcheck records"
        verdict = "left its tolerance" if self.drifted else "stayed within its tolerance"
        return (
            f"canary {self.task} {verdict} ({self.metric} {self.before:.6f} → {self.after:.6f}, "
            f"moved {self.moved:.2g}, allowed {self.tolerance:g}); changed: {cause}"
        )


def compare(
    task: str,
    before: Mapping[str, float],
    now: Mapping[str, float],
    *,
    tolerance: float,
    environment_before: Mapping[str, Mapping[str, str]],
    environment_now: Mapping[str, Mapping[str, str]],
) -> Drift:
    """Compare a canary's headline scores with those of its run before.

    Args:
        task: Its task.
        before: Values of the run before by metric.
        now: Values of the newest run by metric.
        tolerance: How far a value may move.
        environment_before: Recorded environment of the run before.
        environment_now: Recorded environment of the newest run.

    Raises:
        ScoreError: The two runs have no metric in common.
    """
    shared = sorted(set(before) & set(now), reverse=True)
    if not shared:
        raise ScoreError(f"canary {task}: its last two runs share no metric")
    return Drift(
        task=task,
        metric=shared[0],
        before=before[shared[0]],
        after=now[shared[0]],
        moved=max(abs(before[metric] - now[metric]) for metric in shared),
        tolerance=tolerance,
        changed=changes(environment_before, environment_now),
    )


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


def judge_canaries(store: Store, planned: PlannedRun, night_id: str | None = None) -> list[Drift]:
    """Judge every canary of a plan run that ran again and is not judged yet."""
    tolerance = planned.plan.canary.tolerance
    judged = [
        judge_canary(store, job, tolerance=tolerance, night_id=night_id) for job in planned.canaries
    ]
    return [drift for drift in judged if drift is not None]


def judge_canary(
    store: Store, job: Job, *, tolerance: float, night_id: str | None = None
) -> Drift | None:
    """Compare a canary's newest run with the one before it and keep the verdict.

    It reads the store, not the results of this plan run, so that a verdict lost by a kill is
    made up for.

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


def _run(rows: Sequence[RowMapping], generation: int) -> list[RowMapping]:
    """Return the scores of the one run of a generation that counts."""
    of_it = [row for row in rows if row["generation"] == generation]
    return [row for row in of_it if row["run_id"] == of_it[0]["run_id"]]
