"""Read a result file of lm-evaluation-harness or lighteval: numbers, groups, settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.importers._draft import as_dict, as_list, as_number
from flows.importers._lm_eval_model import Evaluated, evaluated_of

_LIGHTEVAL = re.compile(r"^[^|]+(?:\|[^|\d][^|]*)?\|(\d+)(?:\|[01])?$")
"""A task of lighteval with its shots: `leaderboard|arc:challenge|25`, `arc:challenge|25`."""
_NOT_METRICS = {"alias", "name", "sample_len", "sample_count", "samples", " ", ""}


@dataclass(frozen=True)
class Metric:
    """One number of one task.

    Attributes:
        task: The task or group.
        metric: `acc_norm`, `exact_match` …
        filter: Name of the filter applied to the answers first; `none` if there was none.
        value: The number; NaN where the file has none.
        text: What stands in place of a number; empty where there is one.
    """

    task: str
    metric: str
    filter: str
    value: float
    text: str = ""

    @property
    def label(self) -> str:
        """Return the metric and its filter, such as `exact_match,strict-match`."""
        return self.metric if self.filter == "none" else f"{self.metric},{self.filter}"

    @property
    def column(self) -> str:
        """Return the column's name, such as `gsm8k exact_match,strict-match`."""
        return f"{self.task} {self.label}"


@dataclass(frozen=True)
class Result:
    """The contents of one result file.

    Attributes:
        where: Path of the file below the imported folder.
        evaluated: The model and how it was run.
        date: When it ran, as text that sorts; empty where neither content nor name says it.
        tasks: The numbers by task.
        subtasks: The tasks of each group, as far as the file says.
        sizes: Number of examples by task.
        settings: By task: shots, version, limit, examples, prompt, hash.
        better: Whether more is better, by column, where the file says so.
    """

    where: str
    evaluated: Evaluated
    date: str
    tasks: Mapping[str, tuple[Metric, ...]]
    subtasks: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, float]
    settings: Mapping[str, Mapping[str, str]]
    better: Mapping[str, bool]


def no_result(content: Mapping[str, Any]) -> str:
    """Return why a JSON object is not a result file, empty if it is one."""
    results = content.get("results")
    if not isinstance(results, dict):
        return "it has no results"
    if results and not any(isinstance(numbers, dict) for numbers in results.values()):
        return "its results are not numbers by task"
    return ""


def result_of(where: str, content: Mapping[str, Any]) -> Result:
    """Return what a result file says."""
    results = {str(task): as_dict(numbers) for task, numbers in as_dict(content["results"]).items()}
    stated = as_dict(content.get("higher_is_better"))
    tasks: dict[str, tuple[Metric, ...]] = {}
    better: dict[str, bool] = {}
    for task, numbers in results.items():
        metrics = [_metric(task, str(key), value) for key, value in numbers.items()]
        tasks[task] = tuple(metric for metric in metrics if metric is not None)
        for metric in tasks[task]:
            higher = as_dict(stated.get(task)).get(metric.metric)
            if isinstance(higher, bool):
                better[metric.column] = higher
    subtasks = _subtasks(content, results)
    evaluated = evaluated_of(content)
    shots = {task: _shots(content, task) for task in results}
    return Result(
        where=where,
        evaluated=evaluated,
        date=_date(content, where),
        tasks=tasks,
        subtasks=subtasks,
        sizes={t: n for t in results if (n := _examples(content, t)) is not None},
        settings={
            task: _settings(content, task, _of_group(task, shots, subtasks), evaluated.prompt)
            for task in results
        },
        better=better,
    )


def _metric(task: str, key: str, value: object) -> Metric | None:
    name, _, filtered = key.partition(",")
    if name in _NOT_METRICS or name.endswith("_stderr") or filtered.endswith("_stderr"):
        return None
    number = math.nan if value is None else as_number(value)
    text = repr(value)[:60] if number is None else ""
    return Metric(task, name, filtered or "none", math.nan if number is None else number, text)


def _subtasks(
    content: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Return the tasks of each group.

    Since 0.4.2 `group_subtasks` says it. Before, the names of groups are the keys of `groups`, and
    a task's alias is indented below its group's: `exams`, ` - exams_a`. Lighteval calls a mean
    `mmlu:_average|5`, beside `mmlu:anatomy|5`.
    """
    found: dict[str, list[str]] = {}
    if isinstance(stated := content.get("group_subtasks"), dict):
        found = {str(g): [str(t) for t in as_list(tasks)] for g, tasks in stated.items()}
    elif isinstance(groups := content.get("groups"), dict) and groups:
        names = {str(name) for name in groups}
        above: list[tuple[int, str]] = []
        for task, numbers in results.items():
            alias = str(numbers.get("alias", ""))
            depth = len(alias) - len(alias.lstrip(" ")) if alias.lstrip().startswith("-") else 0
            above = [(d, name) for d, name in above if d < depth]
            parent = above[-1][1] if above and above[-1][1] in names else ""
            if not parent:
                prefixes = [n for n in names if n != task and task.startswith(f"{n}_")]
                parent = max(prefixes, key=len, default="")
            if parent:
                found.setdefault(parent, []).append(task)
            above.append((depth, task))
    for task in results:
        suite, mark, rest = task.partition(":_average")
        if mark:
            parts = [t for t in results if t.startswith(f"{suite}:") and t.endswith(rest)]
            found[task] = [part for part in parts if part != task]
    return {group: tuple(tasks) for group, tasks in found.items()}


def number_text(value: object) -> str:
    """Return a setting as text, in which `1`, `1.0` and `"1.0"` are the same."""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value).strip()


def _settings(content: Mapping[str, Any], task: str, shots: str, prompt: str) -> dict[str, str]:
    config = as_dict(content.get("config"))
    lighteval = as_dict(content.get("config_general"))
    limit = config.get("limit", lighteval.get("max_samples"))
    version = as_dict(content.get("versions")).get(task)
    examples = _examples(content, task)
    settings = {
        "shots": shots or None,
        "version": None if version in (None, "N/A", "n/a") else number_text(version),
        "limit": None if limit is None else number_text(limit),
        "examples": None if examples is None else f"{examples:g}",
        "prompt": prompt,
        "hash": as_dict(content.get("task_hashes")).get(task),
    }
    return {name: str(value) for name, value in settings.items() if value is not None}


def _shots(content: Mapping[str, Any], task: str) -> str:
    stated = (
        as_dict(content.get("n-shot")).get(task),
        as_dict(as_dict(content.get("configs")).get(task)).get("num_fewshot"),
        (_LIGHTEVAL.findall(task) or [None])[0],
        as_dict(content.get("config")).get("num_fewshot"),
    )
    texts = (number_text(value) for value in stated if value is not None)
    return next((text for text in texts if re.fullmatch(r"\d+", text)), "")


def _of_group(task: str, shots: Mapping[str, str], subtasks: Mapping[str, tuple[str, ...]]) -> str:
    """Return the shots of a task, or those that all tasks of a group have."""
    if shots[task]:
        return shots[task]
    below = {shots.get(name, "") for name in subtasks.get(task, ())}
    return below.pop() if len(below) == 1 else ""


def _examples(content: Mapping[str, Any], task: str) -> float | None:
    stated = as_dict(content.get("n-samples")).get(task)
    if isinstance(stated, dict):
        stated = stated.get("effective", stated.get("original"))
    if stated is None:
        numbers = as_dict(as_dict(content["results"]).get(task))
        stated = numbers.get("sample_len", numbers.get("sample_count"))
    return as_number(stated)


def _date(content: Mapping[str, Any], where: str) -> str:
    seconds = as_number(content.get("date"))
    if seconds is not None and 0 < seconds < 1e11:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    name = re.search(r"(\d{4}-\d\d-\d\d)T(\d\d)[-:](\d\d)[-:](\d\d(?:\.\d+)?)", where)
    if name:
        return f"{name[1]}T{name[2]}:{name[3]}:{name[4]}"
    neox = re.search(r"eval_results_(\d\d)-(\d\d)-(\d{4})-(\d\d)-(\d\d)-(\d\d)", where)
    return "{2}-{0}-{1}T{3}:{4}:{5}".format(*neox.groups()) if neox else ""
