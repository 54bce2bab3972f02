"""Results of lm-evaluation-harness: one JSON file, or a folder of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from evaluators.names import nearest
from flows.errors import LeaderboardError
from flows.importers._lm_eval_results import Metric, Result, result_of
from flows.importing.build import build
from flows.importing.draft import Asked, Draft, DraftColumn, DraftRow, Imported
from flows.importing.files import each, files_of, named
from flows.importing.words import few, many
from flows.problem_list import Problems

OPTIONS = (
    click.Option(
        ["--level"],
        type=click.Choice(["top", "leaf"]),
        default="top",
        show_default=True,
        help="A group's own score where it has one (mmlu), or its single tasks; never both.",
    ),
    click.Option(
        ["--metric"],
        multiple=True,
        help="Keep this metric (acc_norm, or exact_match,strict-match); default: all that rank.",
    ),
    click.Option(
        ["--mixed-settings"],
        is_flag=True,
        help="Accept a task that was run with other shots, version or limit for some models.",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    level: str = "top",
    metric: Sequence[str] = (),
    mixed_settings: bool = False,
) -> Imported:
    """Read results; a column a task, metric and filter, a row a model.

    Where several files hold a model's task, the newest run counts. Metrics of which less is better
    are left out: no mean takes them beside scores.

    Raises:
        LeaderboardError: With everything that is wrong with it.
    """
    problems, notes = Problems(path), []
    files = files_of(path, "*.json")
    results = _read(files, path, problems)
    kept = _newest(results, notes)
    metrics = {(r.model, m.column): m for r, found in kept for m in found}
    dropped = _other_level(kept, level)
    lower = {m.column for m in metrics.values() if m.lower}
    wanted = {m.column for m in metrics.values() if m.task not in dropped} - lower
    if dropped:
        which = "groups have a score of their own" if level == "top" else "tasks are here instead"
        what = "task" if level == "top" else "group"
        notes.append(f"{many(len(dropped), what)} left out, whose {which}: {few(dropped)}")
    if lower:
        notes.append(f"left out, as less is better: {few(sorted(lower))}")
    if metric:
        wanted &= _named(metric, metrics.values(), problems)
    used = {m.task for m in metrics.values() if m.column in wanted}
    _check_settings(kept, used, mixed_settings, problems, notes)
    columns: dict[str, DraftColumn] = {}
    rows: dict[str, dict[str, float]] = {}
    for (model, name), found in metrics.items():
        scores = rows.setdefault(model, {})
        if name not in wanted:
            continue
        what = name.removeprefix(f"{found.task} ")
        columns[name] = DraftColumn(name, found.task, what, unit_max=found.unit)
        if math.isnan(found.value):
            notes.append(f"{model}, {name}: NaN, taken as missing")
        else:
            scores[name] = found.value
    drafted = [DraftRow(where=model, model=model, scores=own) for model, own in rows.items()]
    draft = Draft([columns[name] for name in sorted(columns)], drafted, notes=notes)
    return build(draft, asked, problems, source=named(files, path))


def _read(files: Sequence[Path], root: Path, problems: Problems) -> list[Result]:
    results = []
    for file in each(files, "results read"):
        try:
            result = result_of(file, root, problems)
        except LeaderboardError as error:
            problems.add("", str(error))
            continue
        if result is not None:
            results.append(result)
    return results


def _newest(results: Sequence[Result], notes: list[str]) -> list[tuple[Result, list[Metric]]]:
    """Return each file with the metrics that no newer file of its model has."""
    taken: dict[tuple[str, str], Result] = {}
    again: set[str] = set()
    for result in sorted(results, key=lambda r: r.date):
        for task in {metric.task for metric in result.metrics}:
            if (result.model, task) in taken:
                again.add(f"{result.model} {task}")
            taken[result.model, task] = result
    if again:
        notes.append(f"run more than once, the newest counts: {few(sorted(again))}")
    kept = [
        (r, [m for m in r.metrics if taken[r.model, m.task] is r])
        for r in sorted(results, key=lambda r: (r.model, r.date))
    ]
    return [(result, metrics) for result, metrics in kept if metrics]


def _other_level(kept: Iterable[tuple[Result, Sequence[Metric]]], level: str) -> list[str]:
    """Return the tasks that would count twice: below a group with a score, or above its tasks."""
    scored = {metric.task for _, metrics in kept for metric in metrics}
    below: dict[str, set[str]] = {}
    for result, _ in kept:
        for group, tasks in result.subtasks.items():
            below.setdefault(group, set()).update(tasks)

    def under(group: str, seen: frozenset[str]) -> set[str]:
        direct = below.get(group, set()) - seen
        return direct.union(*(under(task, seen | direct) for task in direct))

    if level == "top":
        dropped = set().union(*(under(g, frozenset({g})) for g in below if g in scored))
    else:
        dropped = {g for g in below if under(g, frozenset({g})) & scored}
    return sorted(dropped & scored)


def _named(metric: Sequence[str], found: Iterable[Metric], problems: Problems) -> set[str]:
    found = list(found)
    names = {m.metric for m in found} | {f"{m.metric},{m.filter}" for m in found}
    for name in metric:
        if name not in names:
            problems.add("", f"--metric {name}: no score is called that{nearest(name, names)}")
    return {m.column for m in found if {m.metric, f"{m.metric},{m.filter}"} & set(metric)}


def _check_settings(
    kept: Iterable[tuple[Result, Sequence[Metric]]],
    used: set[str],
    mixed_settings: bool,
    problems: Problems,
    notes: list[str],
) -> None:
    said: dict[tuple[str, str], dict[str, str]] = {}
    for result, metrics in kept:
        for task in {metric.task for metric in metrics} & used:
            for name in ("shots", "version", "limit"):
                value = result.settings[task].get(name, "not stated")
                said.setdefault((task, name), {}).setdefault(value, result.model)
    for (task, name), values in said.items():
        if len(values) > 1:
            differ = ", ".join(f"{value} for {model}" for value, model in values.items())
            what = f"{task} was run with different {name}: {differ}"
            if mixed_settings:
                notes.append(f"{what} (accepted, as asked)")
            else:
                problems.add("", f"{what}; --mixed-settings accepts it")
        elif name == "limit" and "not stated" not in values:
            notes.append(f"{task} was run on the first {next(iter(values))} examples only")
