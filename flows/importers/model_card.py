"""The `model-index` of a model card: a README.md, or a folder of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import click

from evaluators.names import nearest
from flows.boards.foreign_files import Problems, read_bytes
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
from flows.importers._mteb_records import main_score, metric_name

_LARGEST = 8 * 2**20
_MOST = 50_000
_LOWER = re.compile(r"(^|_)(loss|perplexity|wer|cer|ter|mse|rmse|mae|fid)$", re.IGNORECASE)

OPTIONS = (
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric. Default: the main metric of MTEB tasks, all metrics of"
        " others.",
    ),
)


class _Value(NamedTuple):
    where: str
    model: str
    task: str
    metric: str
    value: float


def read(path: Path, asked: Asked, *, metric: Sequence[str] = ()) -> Imported:
    """Read cards: a column per data set and metric, a row per model.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), []
    files = files_of(path, "*.md")
    values: list[_Value] = []
    for file in each(files, "cards read"):
        relative = "" if file == path else file.relative_to(path).as_posix()
        try:
            values += _of_card(file, relative, problems)
        except LeaderboardError as error:
            problems.add("", str(error))
    values = _without_doubles(values, problems)
    lower = sorted({v.metric for v in values if _LOWER.search(v.metric)})
    if lower:
        notes.append(f"left out, as less is better: {few(lower)}")
    values = [v for v in values if v.metric not in lower]
    if metric:
        selected = {metric_name(name) for name in metric}
        for name in selected - {v.metric for v in values}:
            near = nearest(name, {v.metric for v in values})
            problems.add("", f"--metric {name}: no score has that name{near}")
        values = [v for v in values if v.metric in selected]
    else:
        values = _main_of_mteb(values, notes)
    rows: dict[str, dict[str, float]] = {}
    columns: dict[str, DraftColumn] = {}
    several = _with_several_metrics(values)
    for v in values:
        name = f"{v.task} {v.metric}" if v.task in several else v.task
        columns[name] = DraftColumn(name, v.task, v.metric)
        rows.setdefault(v.model, {})[name] = v.value
    drafted = [DraftRow(where=model, model=model, scores=row) for model, row in rows.items()]
    draft = Draft([columns[name] for name in sorted(columns)], drafted, notes=notes)
    return build(draft, asked, problems, source=named(files, path))


def _without_doubles(values: Sequence[_Value], problems: Problems) -> list[_Value]:
    """Drop identical duplicates; contradicting duplicates are a problem."""
    first: dict[tuple[str, str, str], _Value] = {}
    for v in values:
        earlier = first.setdefault((v.model, v.task, v.metric), v)
        if earlier.value != v.value:
            problems.add(v.where, f"is {v.value:g}, but {earlier.value:g} before: keep one")
    return list(first.values())


def _with_several_metrics(values: Sequence[_Value]) -> set[str]:
    metrics: dict[str, set[str]] = {}
    for v in values:
        metrics.setdefault(v.task, set()).add(v.metric)
    return {task for task, names in metrics.items() if len(names) > 1}


def _main_of_mteb(values: list[_Value], notes: list[str]) -> list[_Value]:
    """Keep the main metric of each MTEB task; other datasets keep all of theirs."""
    by_task: dict[tuple[str, str], dict[str, _Value]] = {}
    for v in values:
        by_task.setdefault((v.model, v.task), {})[v.metric] = v
    selected: list[_Value] = []
    chosen: set[str] = set()
    for (_, task), by_metric in by_task.items():
        if not task.startswith("MTEB "):
            selected += by_metric.values()
            continue
        scores = {name: v.value for name, v in by_metric.items()}
        name = task.removeprefix("MTEB ").split(" (")[0]
        main = "main_score" if "main_score" in scores else (main_score(name, scores) or ("",))[0]
        if main:
            stated = main_score(name, scores)
            same = stated is not None and stated[1] == scores[main]
            selected.append(by_metric[main]._replace(metric=stated[0] if stated and same else main))
            chosen.add(task)
        else:
            selected += by_metric.values()
    if chosen:
        notes.append(f"the main metric of {many(len(chosen), 'MTEB task')} was taken; see --metric")
    return selected


def _of_card(file: Path, relative: str, problems: Problems) -> Iterator[_Value]:
    import yaml

    text = read_bytes(file, limit=_LARGEST).decode("utf-8-sig", errors="replace")
    front = re.match(r"---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|$)", text, re.DOTALL)
    if front is None:
        problems.add(relative, "has no YAML front matter between two lines of ---")
        return
    try:
        content = yaml.safe_load(front[1])
    except yaml.YAMLError as error:
        problems.add(relative, f"its front matter is not valid YAML: {error}")
        return
    index = as_list(as_dict(content).get("model-index"))
    if not index:
        problems.add(relative, "has no model-index: the card states no results")
        return
    steps = count()
    for entry in index:
        yield from _of_model(as_dict(entry), relative, problems, steps)


def _of_model(
    entry: Mapping[str, Any], relative: str, problems: Problems, steps: Iterator[int]
) -> Iterator[_Value]:
    model = str(entry.get("name") or "")
    if not model:
        problems.add(relative, "a model of model-index has no name")
    for result in as_list(entry.get("results")):
        if next(steps) > _MOST:  # a few YAML aliases can stand for billions of them
            problems.add(relative, f"contains more than {_MOST:,} results")
            return
        result = as_dict(result)
        task = _task(as_dict(result.get("dataset")), as_dict(result.get("task")))
        for metric in as_list(result.get("metrics")):
            metric = as_dict(metric)
            name = metric_name(str(metric.get("type") or metric.get("name") or ""))
            place = ", ".join(part for part in (relative, model, task, name) if part)
            value = metric.get("value")
            if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d+)?", value.strip()):
                value = float(value)
            number = as_number(value)
            if number is None:
                problems.add(place, f"is {value!r}, which is not a number")
            elif not math.isfinite(number):
                problems.add(place, f"is {number}, which is not a score")
            else:
                yield _Value(place, model, task, name, number)


def _task(dataset: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    """Return the dataset's name, with config and split unless the name contains them."""
    name = str(dataset.get("name") or dataset.get("type") or task.get("name") or "not stated")
    if name.startswith("MTEB "):
        config = str(dataset.get("config") or "default")
        name = name.removesuffix(" (default)")
        split = str(dataset.get("split") or "test")
        more = config if config != "default" and not name.endswith(")") else ""
        return f"{name}{f' ({more})' if more else ''}{'' if split == 'test' else f' [{split}]'}"
    parts = [str(dataset[key]) for key in ("config", "split") if dataset.get(key)]
    return f"{name} [{', '.join(parts)}]" if parts else name
