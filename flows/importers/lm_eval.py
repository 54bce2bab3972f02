"""Results of lm-evaluation-harness: one JSON file, or a folder of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from evaluators.names import nearest
from flows.boards.foreign_files import Problems, read_json
from flows.errors import LeaderboardError
from flows.importers._build import build
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    DraftRow,
    Imported,
    as_dict,
    as_list,
    as_number,
    each,
    few,
    files_of,
    many,
    named,
)

OPTIONS = (
    click.Option(
        ["--level"],
        type=click.Choice(["top", "leaf"]),
        default="top",
        show_default=True,
        help="Import a group's own score if it has one (mmlu), or its single tasks.",
    ),
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric (acc_norm, or exact_match,strict-match). Default: all"
        " that rank.",
    ),
    click.Option(
        ["--mixed-settings"],
        is_flag=True,
        help="Accept tasks whose shots, version or limit differ between models.",
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
    """Read results: a column per task, metric and filter, and a row per model.

    If several files hold a model's task, the newest run counts. Metrics of which less is better
    are left out, because they cannot be averaged with scores.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()
    files = files_of(path, "*.json")
    results = _read_results(files, path, problems)
    newest = _newest(results, notes)
    metrics = {(r.model, m.column): m for r, numbers in newest for m in numbers}
    dropped = _other_level(newest, level)
    lower = {m.column for m in metrics.values() if m.lower}
    selected = {m.column for m in metrics.values() if m.task not in dropped} - lower
    if dropped:
        reason = "groups have a score of their own" if level == "top" else "tasks are here instead"
        label = "task" if level == "top" else "group"
        notes.append(f"{many(len(dropped), label)} left out, whose {reason}: {few(dropped)}")
    if lower:
        notes.append(f"left out, as less is better: {few(sorted(lower))}")
    if metric:
        selected &= _named_columns(metric, metrics.values(), problems)
    used = {m.task for m in metrics.values() if m.column in selected}
    _check_settings(newest, used, mixed_settings, problems, notes)
    columns: dict[str, DraftColumn] = {}
    rows: dict[str, dict[str, float]] = {}
    for (model, name), number in metrics.items():
        scores = rows.setdefault(model, {})
        if name not in selected:
            continue
        label = name.removeprefix(f"{number.task} ")
        columns[name] = DraftColumn(name, number.task, label, unit_max=number.unit)
        if math.isnan(number.value):
            notes.append(f"{model}, {name}: NaN, taken as missing")
        else:
            scores[name] = number.value
    drafted = [DraftRow(where=model, model=model, scores=row) for model, row in rows.items()]
    draft = Draft([columns[name] for name in sorted(columns)], drafted, notes=notes)
    return build(draft, asked, problems, source=named(files, path))


def _read_results(files: Sequence[Path], root: Path, problems: Problems) -> list[Result]:
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
    newest: dict[tuple[str, str], Result] = {}
    repeated: set[str] = set()
    for result in sorted(results, key=lambda r: r.date):
        for task in {metric.task for metric in result.metrics}:
            if (result.model, task) in newest:
                repeated.add(f"{result.model} {task}")
            newest[result.model, task] = result
    if repeated:
        notes.append(f"run more than once, the newest counts: {few(sorted(repeated))}")
    remaining = [
        (r, [m for m in r.metrics if newest[r.model, m.task] is r])
        for r in sorted(results, key=lambda r: (r.model, r.date))
    ]
    return [(result, metrics) for result, metrics in remaining if metrics]


def _other_level(results: Iterable[tuple[Result, Sequence[Metric]]], level: str) -> list[str]:
    """Return the tasks that would count twice beside their group or members."""
    scored = {metric.task for _, metrics in results for metric in metrics}
    children: dict[str, set[str]] = {}
    for result, _ in results:
        for group, tasks in result.subtasks.items():
            children.setdefault(group, set()).update(tasks)

    def descendants(group: str, visited: frozenset[str]) -> set[str]:
        direct = children.get(group, set()) - visited
        return direct.union(*(descendants(task, visited | direct) for task in direct))

    if level == "top":
        dropped = set().union(*(descendants(g, frozenset({g})) for g in children if g in scored))
    else:
        dropped = {g for g in children if descendants(g, frozenset({g})) & scored}
    return sorted(dropped & scored)


def _named_columns(
    metric: Sequence[str], metrics: Iterable[Metric], problems: Problems
) -> set[str]:
    metrics = list(metrics)
    names = {m.metric for m in metrics} | {f"{m.metric},{m.filter}" for m in metrics}
    for name in metric:
        if name not in names:
            problems.add("", f"--metric {name}: no score has that name{nearest(name, names)}")
    return {m.column for m in metrics if {m.metric, f"{m.metric},{m.filter}"} & set(metric)}


def _check_settings(
    results: Iterable[tuple[Result, Sequence[Metric]]],
    used: set[str],
    mixed_settings: bool,
    problems: Problems,
    notes: list[str],
) -> None:
    settings: dict[tuple[str, str], dict[str, str]] = {}
    for result, metrics in results:
        for task in {metric.task for metric in metrics} & used:
            for name in ("shots", "version", "limit"):
                value = result.settings[task].get(name, "not stated")
                settings.setdefault((task, name), {}).setdefault(value, result.model)
    for (task, name), values in settings.items():
        if len(values) > 1:
            differ = ", ".join(f"{value} for {model}" for value, model in values.items())
            message = f"{task} was run with different {name}: {differ}"
            if mixed_settings:
                notes.append(f"{message} (accepted, as asked)")
            else:
                problems.add("", f"{message}; --mixed-settings accepts it")
        elif name == "limit" and "not stated" not in values:
            notes.append(f"{task} was run on the first {next(iter(values))} examples only")


_NOT_METRICS = {"alias", "name", "sample_len", "sample_count", "samples", " ", ""}
_LOWER = {"perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "brier_score", "ter"}
_LOWER |= {"wer", "cer", "loss", "mae", "mse", "rmse"}
_UNITS = {"bleu": 100.0, "chrf": 100.0}
"""Metrics that the harness computes in per cent; its others are proportions."""


@dataclass(frozen=True)
class Metric:
    """One number of one task.

    Attributes:
        task: The task or group.
        metric: `acc_norm`, `exact_match` …
        filter: Name of the filter applied to the answers first; `none` if there was none.
        value: The number.
        lower: Whether less is better.
    """

    task: str
    metric: str
    filter: str
    value: float
    lower: bool

    @property
    def column(self) -> str:
        """Return the column's name, such as `gsm8k exact_match,strict-match`."""
        more = "" if self.filter == "none" else f",{self.filter}"
        return f"{self.task} {self.metric}{more}"

    @property
    def unit(self) -> float | None:
        """Return the perfect score, if the harness fixes it."""
        return _UNITS.get(self.metric)


@dataclass(frozen=True)
class Result:
    """The contents of one result file.

    Attributes:
        where: Path of the file, for messages.
        model: The model.
        date: When it ran, as a number or the file's name: newer is greater.
        metrics: The numbers.
        subtasks: The tasks of each group.
        settings: Shots, version and limit by task; they must be the same for all models.
    """

    where: str
    model: str
    date: tuple[float, str]
    metrics: tuple[Metric, ...]
    subtasks: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Mapping[str, str]]


def result_of(file: Path, root: Path, problems: Problems) -> Result | None:
    """Read one file; note a problem and return None if it is not from the harness."""
    content = read_json(file)
    place = file.name if file == root else file.relative_to(root).as_posix()
    results = content.get("results")
    if not isinstance(results, dict):
        problems.add(place, "is not a result file of lm-evaluation-harness: it has no results")
        return None
    model = _model(content)
    if not model:
        problems.add(place, "does not say which model: neither model_name nor config.model_args")
    metrics = []
    better = as_dict(content.get("higher_is_better"))
    for task, numbers in results.items():
        for key, value in as_dict(numbers).items():
            metric, _, filtered = key.partition(",")
            if metric in _NOT_METRICS or metric.endswith("_stderr"):
                continue
            number = as_number(value)
            if number is None:
                problems.add(f"{place}, {task} {key}", f"is {value!r}, which is not a number")
                continue
            higher = as_dict(better.get(task)).get(metric)
            lower = higher is False or (higher is None and metric in _LOWER)
            metrics.append(Metric(str(task), metric, filtered or "none", number, lower))
    groups = as_dict(content.get("group_subtasks"))
    return Result(
        where=place,
        model=model,
        date=(as_number(content.get("date")) or 0.0, file.name),
        metrics=tuple(metrics),
        subtasks={str(g): tuple(map(str, as_list(s))) for g, s in groups.items()},
        settings={str(task): _settings(content, str(task)) for task in results},
    )


def _settings(content: Mapping[str, Any], task: str) -> dict[str, str]:
    config = as_dict(content.get("config"))
    settings = {
        "shots": as_dict(content.get("n-shot")).get(task, config.get("num_fewshot")),
        "version": as_dict(content.get("versions")).get(task),
        "limit": config.get("limit"),
    }
    return {name: str(value) for name, value in settings.items() if value is not None}


def _model(content: Mapping[str, Any]) -> str:
    """Return the model's name, or extract it from the model arguments."""
    if isinstance(name := content.get("model_name"), str) and name:
        return name
    config = as_dict(content.get("config"))
    arguments = config.get("model_args")
    if isinstance(arguments, dict):
        arguments = ",".join(f"{key}={value}" for key, value in arguments.items())
    for key in ("peft", "delta", "pretrained", "model", "path", "engine"):
        if match := re.search(rf"(?:^|,)\s*{key}=([^,]+)", str(arguments or "")):
            return match[1].strip()
    return str(config.get("model") or "")
