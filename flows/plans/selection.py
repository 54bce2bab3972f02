"""Cut a plan down to some of its checkpoints, evaluators and tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from flows.errors import PlanError
from flows.plans.plan import EvaluationEntry, Plan


class Names(NamedTuple):
    """The names in a plan, or those of them that patterns match."""

    checkpoints: tuple[str, ...]
    evaluators: tuple[str, ...]
    tasks: tuple[str, ...]


def select(plan: Plan, only: Sequence[str]) -> Plan:
    """Return the part of a plan that patterns name; the whole plan without patterns.

    A pattern such as `STS1*` selects the checkpoints, evaluators and tasks of that name, in the
    case of the letters. Patterns for the same kind of name add to each other; those for different
    kinds restrict each other. A checkpoint that no evaluation is left for is not pulled.

    The part has another name, so that its run does not pass for one of the whole plan.

    Raises:
        PlanError: A pattern matches no name, or no evaluation is left.
    """
    if not only:
        return plan
    names = _names(plan)
    for pattern in only:
        if not any(_matching(pattern, each) for each in names):
            raise PlanError(
                f"--only {pattern!r} matches no checkpoint, evaluator or task of plan"
                f" {plan.name!r}, which has {_listed(names)}"
            )
    chosen = Names(*(_any_matching(only, each) for each in names))
    parts = [_part(evaluation, plan, chosen) for evaluation in plan.evaluations]
    evaluations = tuple(part for part in parts if part is not None)
    if plan.evaluations and not evaluations:
        raise PlanError(
            f"no evaluation of plan {plan.name!r} fits all of --only {' --only '.join(only)}: "
            f"{_listed(chosen)} do not occur together"
        )
    used = _used(evaluations, plan, chosen)
    checkpoints = tuple(entry for entry in plan.checkpoints if entry.name in used)
    canary = plan.canary
    if canary.checkpoint not in used:
        canary = canary.model_copy(update={"checkpoint": None})
    update = {"checkpoints": checkpoints, "evaluations": evaluations, "canary": canary}
    return plan.model_copy(update={"name": f"{plan.name} (cut)", **update})


def tasks_of(evaluation: EvaluationEntry) -> tuple[str, ...]:
    """Return the tasks that an evaluation names."""
    tasks = getattr(evaluation.request, "tasks", None)
    tasks = tasks if isinstance(tasks, (list, tuple)) else ()
    task = getattr(evaluation.request, "task", None)
    # Some experiments have parameters of these names that are numbers.
    return tuple(name for name in (*tasks, task) if isinstance(name, str))


def _names(plan: Plan) -> Names:
    tasks = [task for evaluation in plan.evaluations for task in tasks_of(evaluation)]
    return Names(
        tuple(entry.name for entry in plan.checkpoints),
        tuple(dict.fromkeys(evaluation.evaluator for evaluation in plan.evaluations)),
        tuple(dict.fromkeys(tasks)),
    )


def _matching(pattern: str, names: Collection[str]) -> list[str]:
    return [name for name in names if fnmatchcase(name, pattern)]


def _any_matching(patterns: Sequence[str], names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if any(fnmatchcase(name, p) for p in patterns))


def _part(evaluation: EvaluationEntry, plan: Plan, chosen: Names) -> EvaluationEntry | None:
    """Return what is left of an evaluation, or None."""
    update: dict[str, object] = {}
    if chosen.evaluators and evaluation.evaluator not in chosen.evaluators:
        return None
    if chosen.checkpoints:
        own = evaluation.checkpoints or tuple(entry.name for entry in plan.checkpoints)
        left = tuple(name for name in own if name in chosen.checkpoints)
        if not left or not evaluation.needs_checkpoint:
            return None
        update["checkpoints"] = left
    if chosen.tasks:
        tasks = tuple(task for task in tasks_of(evaluation) if task in chosen.tasks)
        if not tasks:
            return None
        if getattr(evaluation.request, "tasks", None):
            update["request"] = evaluation.request.model_copy(update={"tasks": tasks})
    return evaluation.model_copy(update=update)


def _used(evaluations: Sequence[EvaluationEntry], plan: Plan, chosen: Names) -> set[str]:
    """Return the names of the checkpoints that are needed."""
    everything = [entry.name for entry in plan.checkpoints]
    if not plan.evaluations:
        return set(chosen.checkpoints)
    return {
        name
        for evaluation in evaluations
        if evaluation.needs_checkpoint
        for name in evaluation.checkpoints or everything
    }


def _listed(names: Names) -> str:
    return "; ".join(f"{kind} {', '.join(each)}" for kind, each in names._asdict().items() if each)
