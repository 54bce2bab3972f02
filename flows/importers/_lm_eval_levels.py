"""Count a group of tasks once: by its own score, or by its tasks'."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flows.importers._draft import Asked, many
from flows.importers._lm_eval_files import Result

_EVERYTHING = {"all", "average", "avg", "mean", "overall"}
"""Names of means over all tasks of a file, as lighteval writes them beside the tasks."""
_SEPARATORS = tuple("_-:|. /")


@dataclass(frozen=True)
class Levels:
    """The groups of a folder of results.

    Attributes:
        scored: Tasks and groups with a number.
        below: All tasks below each group.
        by_arithmetic: Groups that no file declares, whose value is the mean of their tasks.
        everything: Means over all tasks, which count at no level.
    """

    scored: frozenset[str]
    below: Mapping[str, frozenset[str]]
    by_arithmetic: Mapping[str, frozenset[str]]
    everything: frozenset[str]


def levels_of(results: Sequence[Result]) -> Levels:
    """Return the groups that files declare, that names tell, and that values show."""
    children: dict[str, set[str]] = {}
    scored: set[str] = set()
    everything: set[str] = set()
    for result in results:
        for group, tasks in result.subtasks.items():
            children.setdefault(group, set()).update(tasks)
        here = {
            task
            for task, metrics in result.tasks.items()
            if any(math.isfinite(metric.value) for metric in metrics)
        }
        scored |= here
        means = {task for task in here if task.casefold() in _EVERYTHING}
        if here - means:
            everything |= means
    declared = {group: frozenset(_descendants(group, children)) for group in children}
    by_arithmetic = _by_arithmetic(results, scored - everything, declared)
    return Levels(
        frozenset(scored), {**declared, **by_arithmetic}, by_arithmetic, frozenset(everything)
    )


def _descendants(group: str, children: Mapping[str, set[str]]) -> set[str]:
    """Return everything below a group, without itself even where groups form a circle."""
    found: set[str] = set()
    waiting = [group]
    while waiting:
        new = children.get(waiting.pop(), set()) - found - {group}
        found |= new
        waiting += new
    return found


def _by_arithmetic(
    results: Sequence[Result], tasks: set[str], declared: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return tasks that equal the mean of the tasks named after them, wherever both are."""
    found: dict[str, frozenset[str]] = {}
    ordered = sorted(tasks)
    values = [
        {task: {m.label: m.value for m in metrics} for task, metrics in r.tasks.items() if metrics}
        for r in results
    ]
    for i, group in enumerate(ordered):
        if declared.get(group):
            continue
        after = ordered[i + 1 : bisect_right(ordered, f"{group}\U0010ffff")]
        below = frozenset(task for task in after if task[len(group)] in _SEPARATORS)
        if len(below) < 2:
            continue
        verdicts = [
            _is_mean(result, of, group, below) for result, of in zip(results, values, strict=True)
        ]
        stated = [verdict for verdict in verdicts if verdict is not None]
        if stated and all(stated):
            found[group] = below
    return found


def _is_mean(
    result: Result, values: Mapping[str, Mapping[str, float]], group: str, below: frozenset[str]
) -> bool | None:
    """Return whether a group is the mean of its tasks in a file; None where it cannot be seen."""
    verdicts = []
    for label, value in values.get(group, {}).items():
        parts = {t: values[t][label] for t in below if t in values and label in values[t]}
        if len(parts) < 2 or not math.isfinite(value):
            continue
        near = _tolerance([value, *parts.values()])
        means = [math.fsum(parts.values()) / len(parts)]
        sizes = {task: result.sizes.get(task, 0.0) for task in parts}
        if all(size > 0 for size in sizes.values()):
            total = math.fsum(sizes.values())
            means.append(math.fsum(parts[task] * sizes[task] for task in parts) / total)
        verdicts.append(any(abs(mean - value) <= near for mean in means))
    return all(verdicts) if verdicts else None


def _tolerance(values: Sequence[float]) -> float:
    """Return how far a mean of rounded numbers may be from the rounded mean.

    A mean of numbers with three digits or more may be off by a whole unit of their last digit, half
    by its own rounding and half by theirs; with fewer, so much would fit by chance.
    """
    unit = 10.0 ** -min(9, max(map(_decimals, values)))
    fine = unit <= 1e-3 * max(1.0, *map(abs, values))
    return (unit if fine else unit / 2) + 1e-12


@lru_cache(maxsize=100_000)
def _decimals(value: float) -> int:
    text = repr(value)
    return 0 if "e" in text else len(text.partition(".")[2])


def left_out(levels: Levels, level: str) -> set[str]:
    """Return the tasks that would count twice beside their group or members."""
    tasks = levels.scored
    if level == "top":
        dropped = set[str]().union(*(levels.below[g] for g in levels.below if g in tasks))
    else:
        dropped = {group for group, below in levels.below.items() if below & tasks}
    return (dropped & tasks) | levels.everything


def level_notes(
    levels: Levels, dropped: set[str], rows: Mapping[str, set[str]], level: str, asked: Asked
) -> list[str]:
    """Return what is left out, and which rows lose scores that way.

    Args:
        levels: The groups.
        dropped: The tasks left out.
        rows: The tasks that each row has.
        level: `top` or `leaf`.
        asked: The options of the import.
    """
    notes = []
    if levels.everything:
        notes.append(f"left out, a mean of the others: {asked.listed(sorted(levels.everything))}")
    single = sorted(dropped - levels.everything)
    if single:
        reason = "groups have a score of their own" if level == "top" else "tasks are here instead"
        label = "task" if level == "top" else "group"
        notes.append(f"{many(len(single), label)} left out, whose {reason}: {asked.listed(single)}")
    for group, below in sorted(levels.by_arithmetic.items()):
        if group in dropped or below & dropped:
            notes.append(
                f"{group} is taken as a group, as it is the mean of {asked.listed(sorted(below))}"
            )
    for group, below in sorted(levels.below.items()):
        if group not in levels.scored:
            continue
        lost = [row for row, tasks in rows.items() if _loses(tasks, group, below, dropped, level)]
        if lost:
            has = f"tasks of {group} but not {group} itself"
            if level == "leaf":
                has = f"{group} but not its tasks"
            other = "leaf" if level == "top" else "top"
            notes.append(f"{asked.listed(lost)}: {has}, so no score of it; try --level {other}")
    return notes


def _loses(
    tasks: set[str], group: str, below: frozenset[str], dropped: set[str], level: str
) -> bool:
    """Return whether a row has only the side of a group that is left out."""
    if level == "top":
        return group not in dropped and group not in tasks and bool(below & tasks & dropped)
    leaves = below - dropped
    return group in dropped and group in tasks and not leaves & tasks
