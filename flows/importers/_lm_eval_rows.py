"""Say which runs of lm-evaluation-harness are one row, and what the row is called.

A row is a model as evaluated: its name, and where runs of one name differ in revision, precision,
quantisation, adapter or chat template, that too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.boards.foreign_files import Problems
from flows.importers._draft import Asked
from flows.importers._identity import told_apart_by
from flows.importers._lm_eval_files import Metric, Result
from flows.importers._lm_eval_model import PLAIN

SAY_WHO = "say --model-from folder, --model-from file, --model-from PATTERN, or --rename FILE"


@dataclass(frozen=True)
class Run:
    """One task of one file.

    Attributes:
        result: The file.
        task: The task or group.
        metrics: Its numbers.
    """

    result: Result
    task: str
    metrics: tuple[Metric, ...]

    @property
    def settings(self) -> Mapping[str, str]:
        """Return how the task was run."""
        return self.result.settings[self.task]

    @property
    def shots(self) -> str:
        """Return the number of shots, empty where not stated."""
        return self.settings.get("shots", "")


@dataclass(frozen=True)
class Row:
    """The runs that are one row.

    Attributes:
        base: The model.
        details: What may tell it from other rows of the model, by kind.
        runs: Its runs; one of each task, and of each number of shots where those are columns.
    """

    base: str
    details: Mapping[str, str]
    runs: tuple[Run, ...]

    @property
    def date(self) -> str:
        """Return when the last of its files was made, empty unless all say it."""
        dates = [run.result.date for run in self.runs]
        return max(dates, default="") if all(dates) else ""

    @property
    def revision(self) -> str:
        """Return the revision."""
        return self.details["revision"]


def runs_of(result: Result) -> list[Run]:
    """Return the runs of a file."""
    return [Run(result, task, metrics) for task, metrics in result.tasks.items() if metrics]


def details_of(result: Result) -> dict[str, str]:
    """Return what may tell a file from others of its model, as the file states it."""
    one = result.evaluated
    return {
        "revision": one.revision,
        "subfolder": one.subfolder,
        "dtype": one.dtype,
        "quantised": one.quantised,
        "on": one.on,
        "prompt": one.prompt,
    }


def rows_of(
    results: Sequence[Result],
    names: Mapping[str, str],
    dropped: Collection[str],
    by_shots: bool,
    problems: Problems,
    notes: list[str],
    asked: Asked,
) -> list[Row]:
    """Return the rows, of which no two are the same and none is two models.

    Args:
        results: The files.
        names: The model of each file.
        dropped: Tasks that are not imported, of which any run will do.
        by_shots: Whether runs of one task with different shots are rows of their own.
        problems: Receives runs that contradict each other.
        notes: Receives runs of which the newest counts.
        asked: The options of the import.
    """
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Run]] = {}
    by_name: dict[str, list[Result]] = {}
    for result in results:
        by_name.setdefault(names[result.where], []).append(result)
    for name, files in by_name.items():
        for result, details in zip(files, _resolved(files), strict=True):
            groups.setdefault((name, tuple(details.items())), []).extend(runs_of(result))
    rows = []
    for (name, pairs), runs in groups.items():
        for own, part in _split(runs, dropped, by_shots):
            row = Row(name, {**dict(pairs), **own}, ())
            once = _one_each(name, part, dropped, problems, notes, asked)
            rows.append(replace(row, runs=once))
    by_shots_too = {row.base for row in rows if "shots" in row.details}
    return [_with_shots(row) if row.base in by_shots_too else row for row in rows if row.runs]


def _with_shots(row: Row) -> Row:
    """Return a row of a model that has rows for several shots with its own."""
    shots = {run.shots for run in row.runs}
    if "shots" in row.details or len(shots) > 1:
        return row
    return replace(row, details={**row.details, "shots": shots.pop()})


def _resolved(files: Sequence[Result]) -> list[dict[str, str]]:
    """Return the details of a model's files, with commits and loaded precisions where all say."""
    details = [details_of(result) for result in files]
    if all(result.evaluated.loaded for result in files):
        details = [{**d, "dtype": r.evaluated.loaded} for d, r in zip(details, files, strict=True)]
    if all(result.evaluated.commit for result in files):
        commits: dict[str, set[str]] = {}
        for d, result in zip(details, files, strict=True):
            commits.setdefault(d["revision"], set()).add(result.evaluated.commit)
        for d, result in zip(details, files, strict=True):
            if len(commits[d["revision"]]) > 1:
                short = result.evaluated.commit[:8]
                d["revision"] = f"{d['revision']}@{short}" if d["revision"] else short
    return details


def _split(
    runs: Sequence[Run], dropped: Collection[str], by_shots: bool
) -> list[tuple[dict[str, str], list[Run]]]:
    """Return parts of a row that differ in arguments, limit, or in shots if those tell rows."""
    by_task: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.task not in dropped:
            by_task.setdefault((run.task, run.shots), []).append(run)
    several = len(by_task) > len({task for task, _ in by_task})
    kinds: dict[str, None] = {}
    for same in by_task.values():
        if any(disagree(same[0], run) for run in same[1:]):
            kinds |= dict.fromkeys(k for k in _kinds(same) if len({_own(r, k) for r in same}) > 1)
    if by_shots and several:
        kinds["shots"] = None
    parts: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        parts.setdefault(tuple(_own(run, kind) for kind in kinds), []).append(run)
    return [(dict(zip(kinds, key, strict=True)), part) for key, part in parts.items()]


def _kinds(runs: Sequence[Run]) -> list[str]:
    arguments = dict.fromkeys(name for run in runs for name in run.result.evaluated.arguments)
    return [name for name in arguments if name not in _HOW_IT_RUNS] + ["limit", "examples"]


_HOW_IT_RUNS = {
    *("device", "device_map", "device_map_option", "batch_size", "max_batch_size", "parallelize"),
    *("trust_remote_code", "use_accelerate", "cache_dir", "token", "tensor_parallel_size"),
    *("data_parallel_size", "pipeline_parallel_size", "gpu_memory_utilization", "swap_space"),
    *("num_concurrent", "max_retries", "timeout", "base_url", "offload_folder", "max_gpu_memory"),
    *("low_cpu_mem_usage", "max_memory_per_gpu", "max_cpu_memory", "tokenizer_backend", "rank"),
    *("local_rank", "world_size", "num_workers", "seed", "download_dir", "save", "log_dir"),
}
"""Arguments that say where and how fast a model runs, not which model or prompt it is."""


def _own(run: Run, kind: str) -> str:
    if kind in ("limit", "examples", "shots"):
        return run.settings.get(kind, "")
    return run.result.evaluated.arguments.get(kind, "")


def disagree(one: Run, other: Run) -> bool:
    """Return whether two runs of a task have different numbers of one metric."""
    values = {metric.label: metric.value for metric in one.metrics}
    return any(
        metric.value != values[metric.label]
        and not (math.isnan(metric.value) and math.isnan(values[metric.label]))
        for metric in other.metrics
        if metric.label in values
    )


def _one_each(
    name: str,
    runs: Sequence[Run],
    dropped: Collection[str],
    problems: Problems,
    notes: list[str],
    asked: Asked,
) -> tuple[Run, ...]:
    """Return one run of each task and number of shots: the only, an equal, or the newest."""
    by_task: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_task.setdefault((run.task, run.shots), []).append(run)
    kept, newest, older = list[Run](), dict[str, None](), dict[str, None]()
    contradicting: dict[tuple[str, str], list[str]] = {}
    for same in by_task.values():
        first = same[0]
        counts = first.task not in dropped
        other = next((run for run in same[1:] if counts and disagree(first, run)), None)
        dates = [run.result.date for run in same]
        if other is None:
            seen = {m.label: m for run in reversed(same) for m in run.metrics}
            kept.append(replace(first, metrics=tuple(seen.values())))
        elif all(dates) and len(set(dates)) == len(dates):
            last = max(same, key=lambda run: run.result.date)
            kept.append(last)
            newest[f"{name} {first.task}"] = None
            older |= dict.fromkeys(run.result.where for run in same if run is not last)
        else:
            pair = (first.result.where, other.result.where)
            contradicting.setdefault(pair, []).append(first.task)
    if newest:
        notes.append(
            f"run more than once, the newest counts: {asked.listed(sorted(newest))}; not"
            f" {asked.listed(older)}"
        )
    for (one, two), tasks in contradicting.items():
        problems.add(
            "",
            f"{one} and {two} give {name} different scores of {asked.listed(tasks)}, and neither"
            f" says what tells them apart or which is newer: remove one, or {SAY_WHO}",
        )
    return tuple(kept)


def row_names(rows: Sequence[Row], problems: Problems) -> list[str]:
    """Return the name of each row: its model, and what tells it from the model's other rows.

    Raises:
        LeaderboardError: Two rows would have one name.
    """
    kinds = told_apart_by((row.base, row.details) for row in rows)
    prompts: dict[str, set[str]] = {}
    for row in rows:
        prompts.setdefault(row.base, set()).add(row.details["prompt"])
    names = [
        " ".join([row.base, *filter(None, (_words(k, row, prompts) for k in kinds[row.base]))])
        for row in rows
    ]
    for name, count in Counter(names).items():
        if count > 1:
            problems.add("", f"{count} different rows would be called {name!r}: {SAY_WHO}")
            problems.stop_if_any()
    return names


def _words(kind: str, row: Row, prompts: Mapping[str, Collection[str]]) -> str:
    value = row.details.get(kind, "")
    if not value or value == PLAIN:
        return ""
    if kind == "prompt":
        shown = re.sub(rf"^{PLAIN}, ", "", value)
        several = len({*prompts[row.base]} - {PLAIN}) > 1
        return shown if several else re.sub(r"((?:template|instruction)) \w{8}\b", r"\1", shown)
    if kind in ("revision", "subfolder", "dtype", "quantised"):
        return value
    return {"on": f"on {value}", "shots": f"{value}-shot"}.get(kind, f"{kind} {value}")
