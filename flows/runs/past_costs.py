"""Say what a job will cost from what earlier runs cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from db.plain import json_text
from evaluators.digest import canonical_json
from flows.runs.environment import environment

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.job import Job

# The time of a failed run says nothing about a whole one.
_RUNS = """
    SELECT r.run_id, r.job_key, r.evaluator, r.task, r.checkpoint_digest, r.parameters, r.dtype,
        r.seconds, c.bytes, s.machine, s.accelerators
    FROM runs AS r
    LEFT JOIN (SELECT checkpoint_digest, max(bytes) AS bytes FROM checkpoints GROUP BY ALL) AS c
        ON c.checkpoint_digest = r.checkpoint_digest
    LEFT JOIN (SELECT system_id, any_value(machine) AS machine,
            any_value(accelerators) AS accelerators FROM systems GROUP BY ALL) AS s
        ON s.system_id = r.system_id
    WHERE r.status = 'finished'
"""


class PastRun(NamedTuple):
    """A finished run: its job, seconds, and the bytes of its checkpoint (0 if none)."""

    run_id: str
    job_key: str
    evaluator: str
    task: str
    checkpoint_digest: str
    parameters: str
    dtype: str
    seconds: float
    bytes: int
    same_machine: bool


class Cost(NamedTuple):
    """An expected cost.

    Attributes:
        seconds: Expected seconds.
        runs: The runs it rests on.
        how: How: `same job`, `same settings`, `same checkpoint` or `scaled by size`.
        same_machine: Whether these ran on a machine like this one.
    """

    seconds: float
    runs: frozenset[str]
    how: str
    same_machine: bool


class PastCosts:
    """Costs of the finished runs of a store."""

    def __init__(self, runs: Sequence[PastRun]) -> None:
        self._by_task: dict[tuple[str, str], list[PastRun]] = defaultdict(list)
        for run in runs:
            self._by_task[run.evaluator, run.task].append(run)

    def of(self, job: Job, size: int | None) -> Cost | None:
        """Return the expected cost of a job, None where no earlier run tells it.

        Jobs of one pass over a checkpoint share its time: the first has nearly all of it. So a mean
        over such jobs is taken, and is right for all of them together. A run of the same evaluator
        and task on another checkpoint counts in proportion to the sizes of both.

        Args:
            job: The job.
            size: Bytes of its checkpoint; None if unknown.
        """
        known = self._by_task.get((job.evaluator, job.task), [])
        here = [run for run in known if run.same_machine]
        runs = here or known
        parameters = canonical_json(dict(job.parameters))
        own = [run for run in runs if run.checkpoint_digest == job.checkpoint_digest]
        alike = [run for run in own if (run.parameters, run.dtype) == (parameters, job.dtype)]
        for how, similar in (
            ("same job", [run for run in own if run.job_key == job.job_key]),
            ("same settings", alike),
            ("same checkpoint", own),
        ):
            if similar:
                return _cost([run.seconds for run in similar], similar, how)
        others = [run for run in runs if run.bytes and size]
        if not others or not size:
            return None
        scaled = [run.seconds * size / run.bytes for run in others]
        return _cost(scaled, others, "scaled by size")


def past_costs(store: Store) -> PastCosts:
    """Read the costs of all finished runs; none if there is no store yet."""
    import sqlalchemy as sa

    if not store.exists():
        return PastCosts([])
    here = environment()
    machine = (json_text(here.machine), json_text(here.accelerators))
    with store.read() as connection:
        rows = connection.execute(sa.text(_RUNS)).mappings().all()
    names = PastRun._fields[:8]  # as in the query
    return PastCosts(
        [
            PastRun(
                **{name: row[name] for name in names},
                bytes=row["bytes"] or 0,
                same_machine=(row["machine"], row["accelerators"]) == machine,
            )
            for row in rows
        ]
    )


def _cost(seconds: list[float], runs: list[PastRun], how: str) -> Cost:
    ids = frozenset(run.run_id for run in runs)
    return Cost(mean(seconds), ids, how, all(run.same_machine for run in runs))
