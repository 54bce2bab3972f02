"""Prepare a plan run: pull inputs, expand the plan to jobs, drop finished ones.

It runs before Prefect is started and, unless a plan entry is an experiment of one file, before
torch is imported, so that a plan run with nothing to do is cheap.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from db.rows import PromptChoiceRow
from db.settings import Settings
from evaluators import registry
from evaluators.errors import EvaluatorError
from evaluators.evaluator import DatasetRef, DigestOf, MeasuredCheckpoint
from evaluators.job import Job
from evaluators.progress import Progress
from flows import inputs
from flows.checkpoints.mteb_prompts import mteb_prompts
from flows.errors import PlanError
from flows.inputs import InputPlace
from flows.plans.plan import EvaluationEntry, Plan, canary_evaluation
from flows.plans.rerun import Rerun, parse_rerun, wants_again
from flows.runs.environment import environment
from flows.runs.places import Places, places

if TYPE_CHECKING:
    from db.record import FinishedRun
    from db.store import Store
    from evaluators.checkpoint.device_map import DeviceMap
    from flows.checkpoints import Checkpoint


MOST_JOBS = 200_000
"""Of one plan run: each is decided on, and held in memory."""


@dataclass(frozen=True)
class PlannedJob:
    """A job, its checkpoint and the reason why it runs.

    Attributes:
        job: The job.
        checkpoint: Its checkpoint; None for an evaluation that needs none.
        generation: 0 for the first run, one more for each deliberate repetition.
        is_canary: Whether it is repeated to detect a changed environment.
        why: The reason why it runs: `missing`, `changed-environment` …
    """

    job: Job
    checkpoint: Checkpoint | None
    generation: int = 0
    is_canary: bool = False
    why: str = "missing"

    @property
    def subject(self) -> str:
        """Return the plan's name of the checkpoint, or the evaluator."""
        return self.checkpoint.name if self.checkpoint else self.job.evaluator


class InputFailure(NamedTuple):
    """An unavailable input, and the evaluations that need it."""

    checkpoint: str
    source: str
    task: str
    error: Exception


@dataclass(frozen=True)
class PlannedRun:
    """The jobs of a plan run, with everything they need.

    Attributes:
        plan: The plan.
        places: Folders beside the store.
        settings: The environment's settings.
        checkpoints: The pulled checkpoints by their names in the plan.
        todo: Jobs to run.
        done: How many jobs of the plan are finished and do not run again.
        failures: Unavailable inputs.
        left_out: Optional checkpoints whose source cannot be reached.
        canaries: All canary jobs, whether they run or not.
        job_keys: Keys of all jobs of the plan, finished or not.
        prompt_choices: What the plan's choices of prompts stand for.
    """

    plan: Plan
    places: Places
    settings: Settings
    checkpoints: dict[str, Checkpoint]
    todo: tuple[PlannedJob, ...]
    done: int
    failures: tuple[InputFailure, ...] = ()
    left_out: tuple[InputFailure, ...] = ()
    canaries: tuple[Job, ...] = ()
    job_keys: tuple[str, ...] = ()
    prompt_choices: tuple[PromptChoiceRow, ...] = ()

    @property
    def inputs(self) -> InputPlace:
        """Return where to look for the datasets of this plan run."""
        return InputPlace(self.settings, self.places.dataset_digests)

    @property
    def load(self) -> Callable[[DatasetRef], Any]:
        """Return a function that reads a dataset of this plan run."""
        return partial(inputs.load, place=self.inputs)

    def device_map(self, item: PlannedJob) -> DeviceMap | None:
        """Return the devices that the plan spreads a job's checkpoint over, or None."""
        name = item.checkpoint.name if item.checkpoint else None
        return next((e.device_map for e in self.plan.checkpoints if e.name == name), None)


def prepare(
    plan: Plan,
    settings: Settings,
    store: Store,
    *,
    rerun: str | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> PlannedRun:
    """Pull the plan's checkpoints, expand the plan to jobs, and drop finished ones.

    An unavailable checkpoint or dataset fails only the evaluations that need it.
    """
    folders = places(settings.store)
    failures: list[InputFailure] = []
    left_out: list[InputFailure] = []
    checkpoints = _pull_all(plan, folders, failures, left_out, progress)
    digest_of = partial(inputs.digest, place=InputPlace(settings, folders.dataset_digests))
    planned = expand(
        plan, settings, store, checkpoints, digest_of, failures=failures, rerun=rerun, now=now
    )
    return replace(planned, left_out=tuple(left_out))


def expand(
    plan: Plan,
    settings: Settings,
    store: Store,
    checkpoints: dict[str, Checkpoint],
    digest_of: DigestOf,
    *,
    failures: list[InputFailure],
    rerun: str | None = None,
    now: datetime | None = None,
) -> PlannedRun:
    """Expand the plan to jobs on given checkpoints and datasets, and drop finished ones.

    An unavailable dataset is added to `failures`.
    """
    now = now or datetime.now(UTC)
    canary = canary_evaluation(plan)
    evaluations = [(canary, True)] if canary else []
    evaluations += [(evaluation, False) for evaluation in plan.evaluations]
    planned: dict[str, PlannedJob] = {}
    choices: dict[PromptChoiceRow, None] = {}
    for evaluation, is_canary in evaluations:
        for checkpoint in _checkpoints_of(evaluation, plan, checkpoints):
            for job in _expand(evaluation, checkpoint, digest_of, failures, choices):
                planned.setdefault(job.job_key, PlannedJob(job, checkpoint, 0, is_canary))
                if len(planned) > MOST_JOBS:
                    raise PlanError(
                        f"plan {plan.name!r} must have at most {MOST_JOBS:,} jobs: split it into"
                        " several plans, or cut it with --only"
                    )
    todo, done = _drop_done(list(planned.values()), plan, rerun, store, now)
    return PlannedRun(
        plan=plan,
        places=places(settings.store),
        settings=settings,
        checkpoints=checkpoints,
        todo=tuple(todo),
        done=done,
        job_keys=tuple(planned),
        failures=tuple(failures),
        canaries=tuple(item.job for item in planned.values() if item.is_canary),
        prompt_choices=tuple(choices),
    )


def _pull_all(
    plan: Plan,
    folders: Places,
    failures: list[InputFailure],
    left_out: list[InputFailure],
    progress: Progress | None,
) -> dict[str, Checkpoint]:
    from flows.checkpoints import pull
    from flows.checkpoints.source import SourceUnreachable

    pulled = {}
    for entry in plan.checkpoints:
        try:
            pulled[entry.name] = pull(
                entry.name,
                entry.source,
                weights_sha256=entry.weights_sha256,
                fallback=entry.fallback,
                root=folders.checkpoints,
                progress=progress,
            )
        except EvaluatorError as error:
            can_wait = entry.optional and isinstance(error, SourceUnreachable)
            failed = left_out if can_wait else failures
            failed.append(InputFailure(entry.name, entry.source, "", error))
            continue
        if note := pulled[entry.name].note:
            print(f"{entry.name}: {note}", file=sys.stderr)
    return pulled


def _checkpoints_of(
    evaluation: EvaluationEntry, plan: Plan, pulled: Mapping[str, Checkpoint]
) -> list[Checkpoint | None]:
    """Return the checkpoints of an evaluation, or one None if it needs none."""
    if not evaluation.needs_checkpoint:
        return [None]
    names = evaluation.checkpoints or [entry.name for entry in plan.checkpoints]
    return [pulled[name] for name in names if name in pulled]


def _expand(
    evaluation: EvaluationEntry,
    checkpoint: Checkpoint | None,
    digest_of: DigestOf,
    failures: list[InputFailure],
    choices: dict[PromptChoiceRow, None],
) -> list[Job]:
    """Return the evaluation's jobs, except those whose dataset is unavailable.

    What its choices of prompts stand for is added to `choices`.
    """
    evaluator = registry.find(evaluation.evaluator)
    jobs: list[Job] = []
    measured = _measured(checkpoint) if checkpoint is not None and checkpoint.here else None
    for part in evaluator.parts(evaluation.request):
        try:
            resolved = evaluator.request_for(part, measured) if measured else part
            jobs += evaluator.jobs(resolved, checkpoint.digest if checkpoint else "", digest_of)
            if measured:
                for task, choice, prompt in evaluator.prompt_choices(part, resolved):
                    row = PromptChoiceRow(measured.digest, measured.name, task, choice, prompt)
                    choices[row] = None
        except EvaluatorError as error:
            subject = checkpoint.name if checkpoint else evaluation.evaluator
            source = checkpoint.source if checkpoint else ""
            failure = InputFailure(subject, source, evaluator.label(part), error)
            if str(failure.error) not in [str(earlier.error) for earlier in failures]:
                failures.append(failure)
    return jobs


def _measured(checkpoint: Checkpoint) -> MeasuredCheckpoint:
    prompts = partial(mteb_prompts, checkpoint)
    return MeasuredCheckpoint(checkpoint.name, checkpoint.folder, checkpoint.digest, prompts)


def _drop_done(
    planned: list[PlannedJob], plan: Plan, rerun: str | None, store: Store, now: datetime
) -> tuple[list[PlannedJob], int]:
    """Return the jobs to run, and the number of jobs that are already finished."""
    from db.record import finished

    rule = parse_rerun(rerun or plan.rerun)
    runs = finished(store, [item.job.job_key for item in planned])
    todo = []
    for item in planned:
        run = runs.get(item.job.job_key)
        if run is None:
            if rule.kind != "never":
                todo.append(item)
            continue
        reason = _reason_to_repeat(item, run, rule, plan, now)
        if reason:
            todo.append(replace(item, generation=run.generation + 1, why=reason))
    repeated = sum(item.generation > 0 for item in todo)
    return todo, len(runs) - repeated


def _reason_to_repeat(
    item: PlannedJob, run: FinishedRun, rule: Rerun, plan: Plan, now: datetime
) -> str:
    """Return the reason why a finished job runs again, or an empty text."""
    same = run.environment == environment().fingerprint
    if item.is_canary and rule.kind != "never":
        if not same:
            return "canary: the environment changed"
        # A run from the future was made before the clock was set back.
        if abs(now - run.finished_at) > timedelta(hours=plan.canary.max_age_hours):
            return f"canary: older than {plan.canary.max_age_hours:g} h"
    if wants_again(rule, finished_at=run.finished_at, same_environment=same, now=now):
        return str(rule)
    return ""
