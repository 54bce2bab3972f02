"""Say which runs of lm-evaluation-harness are one row, and what the row is called.

A row is a model as evaluated: its name, and where runs of one name differ in revision, precision,
quantisation, adapter or chat template, that too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from flows.boards.foreign_files import Problems
from flows.importers._draft import Asked
from flows.importers._identity import named_by
from flows.importers._lm_eval_files import PLAIN, Metric, Result

_SAY_WHO = "say --model-from folder, --model-from file, --model-from PATTERN, or --rename FILE"


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


def base_names(
    results: Sequence[Result], asked: Asked, problems: Problems, notes: list[str]
) -> tuple[dict[str, str], set[str]]:
    """Return the model of each file by the file's place, and the names that were replaced.

    What a file says counts if it names somebody. A path or the name of a backend does not: then the
    folder's name, the path or the file's name is taken, whichever first tells models apart.
    """
    names: dict[str, str] = {}
    replaced: set[str] = set()
    unnamed = []

    def renamed(name: str) -> str:
        replaced.update({name} & set(asked.rename))
        return asked.rename.get(name, name)

    for result in results:
        stated = result.evaluated.model
        name = named_by(result.where, asked.model_from, stated)
        if asked.model_from != "config" and not name:
            problems.add(result.where, f"--model-from {asked.model_from} finds no name in its path")
        unknown = name not in asked.rename and not result.evaluated.named
        if asked.model_from == "config" and unknown:
            unnamed.append(result)
            continue
        names[result.where] = renamed(name)
    if unnamed:
        found, nobody = _names_of_unnamed(unnamed, notes, asked)
        _ask_who(nobody, problems)
        names |= {place: renamed(name) for place, name in found.items()}
    return names, replaced


_SHOTS_FOLDER = re.compile(r"(zero|one|two|three|four|five|ten|[0-9]+)[-_ ]?shots?", re.IGNORECASE)
_ANY_RESULT = re.compile(
    r"(eval[-_]?)?(results?|output|metrics|scores?|summary|lm[-_]eval\w*)([-_.].*\d.*)?|[\d\W_T]+",
    re.IGNORECASE,
)


def _folder(result: Result) -> str:
    parts = PurePosixPath(result.where).parts[:-1]
    return "/".join(part for part in parts if not _SHOTS_FOLDER.fullmatch(part))


def _path(result: Result) -> str:
    model = result.evaluated.model
    return model if re.search(r"[/\\]", model) else ""


def _file(result: Result) -> str:
    name = named_by(result.where, "file", "")
    return "" if _ANY_RESULT.fullmatch(name) else name


_CANDIDATES: tuple[tuple[str, Callable[[Result], str]], ...] = (
    ("folder", _folder),
    ("path of the model", _path),
    ("file", _file),
)


def _names_of_unnamed(
    results: Sequence[Result], notes: list[str], asked: Asked
) -> tuple[dict[str, str], list[Result]]:
    """Return names by place, and the files for which nothing gives a name that tells them apart."""
    found: dict[str, str] = {}
    for label, name_of in _CANDIDATES:
        names = {result.where: name_of(result) for result in results}
        wrong = {"", *_confused(results, names)}
        good = [result for result in results if names[result.where] not in wrong]
        results = [result for result in results if names[result.where] in wrong]
        if good:
            stated = dict.fromkeys(result.evaluated.model or "nothing" for result in good)
            notes.append(
                f"rows are named after the {label}, because {asked.listed(stated)} is not the name"
                " of a model; --model-from and --rename say otherwise"
            )
        found |= {result.where: names[result.where] for result in good}
    return found, list(results)


def _confused(results: Sequence[Result], names: Mapping[str, str]) -> set[str]:
    """Return names that stand for two paths, or for two runs that contradict each other."""
    paths: dict[str, set[str]] = {}
    groups: dict[tuple[str, ...], list[Run]] = {}
    folders: dict[str, set[str]] = {}
    for result in results:
        name = names[result.where]
        paths.setdefault(name, set()).add(result.evaluated.model)
        folders.setdefault(name, set()).add(_folder(result))
        details = tuple(_details(result).values())
        for run in _runs(result):
            groups.setdefault((name, *details, run.task, run.shots), []).append(run)
    confused = {name for name, models in paths.items() if len(models) > 1}
    for (name, *_), runs in groups.items():
        reruns = len(folders[name]) == 1 and all(run.result.date for run in runs)
        if not reruns and any(_disagree(runs[0], run) for run in runs[1:]):
            confused.add(name)
    return confused


def _ask_who(results: Sequence[Result], problems: Problems) -> None:
    for result in results:
        stated = result.evaluated.model
        says = f"it only says {stated!r}" if stated else "neither model_name nor config.model_args"
        problems.add(result.where, f"does not say which model: {says}; {_SAY_WHO}")


def _runs(result: Result) -> list[Run]:
    return [Run(result, task, metrics) for task, metrics in result.tasks.items() if metrics]


def _details(result: Result) -> dict[str, str]:
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
    by_shots: bool,
    problems: Problems,
    notes: list[str],
    asked: Asked,
) -> list[Row]:
    """Return the rows, of which no two are the same and none is two models.

    Args:
        results: The files.
        names: The model of each file.
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
            groups.setdefault((name, tuple(details.items())), []).extend(_runs(result))
    rows = []
    for (name, pairs), runs in groups.items():
        for own, part in _split(runs, by_shots):
            row = Row(name, {**dict(pairs), **own}, ())
            rows.append(replace(row, runs=_one_each(name, part, problems, notes, asked)))
    return [row for row in rows if row.runs]


def _resolved(files: Sequence[Result]) -> list[dict[str, str]]:
    """Return the details of a model's files, with commits and loaded precisions where all say."""
    details = [_details(result) for result in files]
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


def _split(runs: Sequence[Run], by_shots: bool) -> list[tuple[dict[str, str], list[Run]]]:
    """Return parts of a row that differ in arguments, limit, or in shots if those tell rows."""
    by_task: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_task.setdefault((run.task, run.shots), []).append(run)
    several = len(by_task) > len({task for task, _ in by_task})
    kinds: dict[str, None] = {}
    for same in by_task.values():
        if any(_disagree(same[0], run) for run in same[1:]):
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


def _disagree(one: Run, other: Run) -> bool:
    values = {metric.label: metric.value for metric in one.metrics}
    return any(
        metric.value != values[metric.label]
        and not (math.isnan(metric.value) and math.isnan(values[metric.label]))
        for metric in other.metrics
        if metric.label in values
    )


def _one_each(
    name: str, runs: Sequence[Run], problems: Problems, notes: list[str], asked: Asked
) -> tuple[Run, ...]:
    """Return one run of each task and number of shots: the only, an equal, or the newest."""
    by_task: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_task.setdefault((run.task, run.shots), []).append(run)
    kept, newest, older = list[Run](), dict[str, None](), dict[str, None]()
    contradicting: dict[tuple[str, str], list[str]] = {}
    for same in by_task.values():
        first = same[0]
        other = next((run for run in same[1:] if _disagree(first, run)), None)
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
            f" says what tells them apart or which is newer: remove one, or {_SAY_WHO}",
        )
    return tuple(kept)


def row_names(rows: Sequence[Row]) -> list[str]:
    """Return the name of each row: its model, and what tells it from the model's other rows."""
    by_base: dict[str, list[Row]] = {}
    for row in rows:
        by_base.setdefault(row.base, []).append(row)
    names = []
    for row in rows:
        alike = by_base[row.base]
        kinds = dict.fromkeys(kind for other in alike for kind in other.details)
        different = [k for k in kinds if len({other.details.get(k, "") for other in alike}) > 1]
        words = [_words(kind, row, alike) for kind in different]
        names.append(" ".join([row.base, *filter(None, words)]))
    return names


def _words(kind: str, row: Row, alike: Sequence[Row]) -> str:
    value = row.details.get(kind, "")
    if not value or value == PLAIN:
        return ""
    if kind == "prompt":
        prompts = {other.details["prompt"] for other in alike}
        shown = re.sub(rf"^{PLAIN}, ", "", value)
        several = len(prompts - {PLAIN}) > 1
        return shown if several else re.sub(r"((?:template|instruction)) \w{8}\b", r"\1", shown)
    if kind in ("revision", "subfolder", "dtype", "quantised"):
        return value
    return {"on": f"on {value}", "shots": f"{value}-shot"}.get(kind, f"{kind} {value}")
