"""Estimate what a plan run needs before anything runs: downloads, disk, memory, hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evaluators.checkpoint.memory import DTYPE_BYTES, free_memory
from evaluators.evaluator import DatasetRef
from flows import inputs
from flows.checkpoints.keep import free_bytes
from flows.checkpoints.needs import Need, need_of
from flows.checkpoints.source import Checkpoint
from flows.inputs import InputPlace
from flows.runs.past_costs import Cost, past_costs
from flows.runs.places import places
from flows.runs.prepare import InputFailure, PlannedJob, expand

if TYPE_CHECKING:
    from db.settings import Settings
    from db.store import Store
    from flows.plans.plan import CheckpointEntry, Plan


class JobsNeed(NamedTuple):
    """What the jobs of one evaluator on one checkpoint need.

    Attributes:
        checkpoint: The plan's name of the checkpoint; empty if none is measured.
        evaluator: The evaluator.
        todo: Number of jobs to run.
        seconds: Expected seconds of those whose cost is known.
        unknown: Number of jobs whose cost is not known.
        runs: Number of earlier runs that the seconds rest on.
        how: What the earlier runs have in common with the jobs.
    """

    checkpoint: str
    evaluator: str
    todo: int
    seconds: float
    unknown: int
    runs: int
    how: str


class MemoryNeed(NamedTuple):
    """The largest weights: the checkpoint, the dtype they are loaded in, and their bytes."""

    checkpoint: str
    dtype: str
    bytes: int


@dataclass(frozen=True)
class Estimate:
    """What a plan run needs.

    Attributes:
        plan: Name of the plan.
        checkpoints: Its checkpoints.
        datasets: Names of the datasets that are downloaded; their sizes are unknown.
        jobs: Jobs to run, by checkpoint and evaluator.
        done: Number of jobs that are up to date.
        failures: Inputs that are unavailable, so that their jobs would fail.
        memory: The largest weights; None if no size is known.
        runs: Number of earlier runs that the hours rest on.
        foreign: Whether some of these ran on another kind of machine.
        free_disk: Free bytes where checkpoints are kept.
        free_memory: Free bytes of main memory.
        folder: Where checkpoints are kept.
    """

    plan: str
    checkpoints: tuple[Need, ...]
    datasets: tuple[str, ...]
    jobs: tuple[JobsNeed, ...]
    done: int
    failures: tuple[InputFailure, ...]
    memory: MemoryNeed | None
    runs: int
    foreign: bool
    free_disk: int
    free_memory: int
    folder: Path

    @property
    def download(self) -> int:
        """Return the bytes to download, of the checkpoints for which they are known."""
        return sum(need.download or 0 for need in self.checkpoints)

    @property
    def unknown_downloads(self) -> tuple[str, ...]:
        """Return the names of the checkpoints whose download is not known."""
        return tuple(need.name for need in self.checkpoints if need.download is None)

    @property
    def todo(self) -> int:
        """Return the number of jobs to run."""
        return sum(jobs.todo for jobs in self.jobs)

    @property
    def unknown_jobs(self) -> int:
        """Return the number of jobs whose cost no earlier run tells."""
        return sum(jobs.unknown for jobs in self.jobs)

    @property
    def seconds(self) -> float:
        """Return the expected seconds of the jobs whose cost is known."""
        return sum(jobs.seconds for jobs in self.jobs)


def estimate(plan: Plan, settings: Settings, store: Store, *, rerun: str | None = None) -> Estimate:
    """Return what a plan run needs; downloads nothing and runs nothing.

    A checkpoint that is not here and was never measured has no digest yet: all its jobs count as
    jobs to run. Its own prompts are not known before it is here, so that it is planned without.
    """
    folders = places(settings.store)
    needs = [_need(entry, folders.checkpoints) for entry in plan.checkpoints]
    digests = _known_digests(store, needs)
    absent: dict[str, None] = {}
    failures = [
        InputFailure(need.name, need.source, "", Exception(need.reason))
        for need in needs
        if need.status == "unavailable"
    ]
    planned = expand(
        plan,
        settings,
        store,
        {need.name: _checkpoint(need, digests) for need in needs if need.status != "unavailable"},
        _digests_of(InputPlace(settings, folders.dataset_digests), absent),
        failures=failures,
        rerun=rerun,
    )
    costs = past_costs(store)
    priced = [
        (item, costs.of(item.job, (item.checkpoint.bytes or None) if item.checkpoint else None))
        for item in planned.todo
    ]
    known = [cost for _, cost in priced if cost is not None]
    return Estimate(
        plan=plan.name,
        checkpoints=tuple(needs),
        datasets=tuple(absent),
        jobs=_grouped(priced),
        done=planned.done,
        failures=planned.failures,
        memory=_memory(planned.todo, {need.name: need for need in needs}),
        runs=len({run for cost in known for run in cost.runs}),
        foreign=any(not cost.same_machine for cost in known),
        free_disk=free_bytes(folders.checkpoints),
        free_memory=free_memory(),
        folder=folders.checkpoints,
    )


def _need(entry: CheckpointEntry, root: Path) -> Need:
    return need_of(
        entry.name,
        entry.source,
        weights_sha256=entry.weights_sha256,
        fallback=entry.fallback,
        root=root,
    )


def _checkpoint(need: Need, digests: Mapping[str, str]) -> Checkpoint:
    """Return a checkpoint to expand jobs with; without a digest it has one that no run has."""
    return Checkpoint(
        name=need.name,
        source=need.source,
        requested_source=need.source,
        requested_revision=None,
        resolved_revision=need.commit or None,
        folder=need.folder or Path(),
        here=need.folder is not None,
        digest=need.digest or digests.get(need.commit) or f"unknown: {need.name}",
        weights_sha256="",
        bytes=need.bytes or 0,
    )


def _known_digests(store: Store, needs: list[Need]) -> dict[str, str]:
    """Return the digests of commits that were measured once and are not here any more."""
    import sqlalchemy as sa

    commits = [need.commit for need in needs if need.commit and not need.digest]
    if not commits or not store.exists():
        return {}
    query = sa.text(
        "SELECT resolved_revision, max(checkpoint_digest) FROM checkpoints"
        " WHERE resolved_revision IN :commits GROUP BY ALL"
        " HAVING count(DISTINCT checkpoint_digest) = 1"
    ).bindparams(sa.bindparam("commits", expanding=True))
    with store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query, {"commits": commits})}


def _digests_of(place: InputPlace, absent: dict[str, None]) -> Callable[[DatasetRef], str]:
    """Return a function for the digests of datasets, which notes those that are not here."""

    def digest_of(ref: DatasetRef) -> str:
        if inputs.is_here(ref, place):
            return inputs.digest(ref, place)
        name = f"{ref.task}/{ref.split}" if ref.split else ref.task
        absent[name] = None
        return f"not here: {name}"

    return digest_of


def _grouped(priced: list[tuple[PlannedJob, Cost | None]]) -> tuple[JobsNeed, ...]:
    groups: dict[tuple[str, str], list[Cost | None]] = defaultdict(list)
    for item, cost in priced:
        name = item.checkpoint.name if item.checkpoint else ""
        groups[name, item.job.evaluator].append(cost)
    needs = []
    for (checkpoint, evaluator), costs in groups.items():
        known = [cost for cost in costs if cost is not None]
        needs.append(
            JobsNeed(
                checkpoint,
                evaluator,
                len(costs),
                sum(cost.seconds for cost in known),
                len(costs) - len(known),
                len({run for cost in known for run in cost.runs}),
                ", ".join(sorted({cost.how for cost in known})),
            )
        )
    return tuple(needs)


def _memory(todo: tuple[PlannedJob, ...], needs: Mapping[str, Need]) -> MemoryNeed | None:
    """Return the largest weights that a job loads."""
    sizes = [
        MemoryNeed(item.checkpoint.name, item.job.dtype, elements * DTYPE_BYTES[item.job.dtype])
        for item in todo
        if item.checkpoint and item.job.dtype in DTYPE_BYTES
        if (elements := needs[item.checkpoint.name].elements)
    ]
    return max(sizes, key=lambda need: need.bytes, default=None)
