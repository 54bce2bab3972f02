"""Read MTEB results as records: both JSON schemas, and the long CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flows.boards.foreign_files import Problems, doubles, quoted, read_json, read_lines
from flows.errors import LeaderboardError
from flows.importers._draft import as_dict, as_number, each, files_of
from flows.importers._mteb_facts import RENAMED, Task, tasks


class Record(NamedTuple):
    """One score.

    Attributes:
        where: Its place, for messages.
        model: The model, as `organisation/name`.
        revision: Of the model; empty where not stated.
        task: The task.
        split: `test`, `dev` …
        subset: `default`, or a language or the like.
        scores: Numbers by metric, nested ones joined, as they are called today:
            `cosine_spearman`. NaN is kept.
        version: Of mteb; empty where not stated.
        dataset_revision: Revision of the data set; None where not stated.
        main: The main score; None if the file does not state it.
        experiment: Name of the experiment (a model run with other settings), else empty.
        folder: The folder of the file, empty for a CSV.
        has_meta: Whether a `model_meta.json` says who was measured.
        languages: Languages of the subset's data, as ISO 639-3 codes; empty where not stated.
    """

    where: str
    model: str
    revision: str
    task: str
    split: str
    subset: str
    scores: Mapping[str, float]
    version: str
    dataset_revision: str | None
    main: float | None
    experiment: str = ""
    folder: str = ""
    has_meta: bool = False
    languages: tuple[str, ...] = ()


class Identity(NamedTuple):
    """Who the results of a folder are about."""

    model: str
    revision: str
    experiment: str
    has_meta: bool


_HEAD = {"dataset_revision", "mteb_dataset_name", "mteb_version", "evaluation_time", "task_name"}
_FAMILIES = {"cos_sim", "cosine", "dot", "euclidean", "manhattan", "max", "similarity"}
_RENAMED = {"map": "map_at_1000", "mrr": "mrr_at_1000"}
_LONG = ("model", "revision", "task", "split", "subset", "main_score")


def records(
    path: Path, problems: Problems, wanted: Mapping[str, Task] | None = None
) -> tuple[list[Record], list[Path]]:
    """Return the scores of a folder, JSON file or long CSV, and the files read.

    Args:
        path: The folder or file.
        problems: Receives what cannot be read.
        wanted: Tasks to which reading is restricted, with their splits and subsets; all if None.
    """
    files = [f for f in files_of(path, "*.json") if f.name != "model_meta.json"]
    if path.is_file() and ".csv" in path.suffixes:
        scores = list(_long(path, problems))
        if wanted is not None:
            scores = [
                r for r in scores if r.task in wanted and _is_wanted(wanted[r.task], r[4], r[5])
            ]
        return scores, [path]
    if wanted is not None and path.is_dir():
        files = [f for f in files if f.stem in wanted]  # as mteb: not a task's former names
    scores = []
    identities: dict[Path, Identity] = {}
    for file in each(files, "results read"):
        try:
            if file.parent not in identities:
                identities[file.parent] = _identity(file.parent)
            scores += _of_file(file, path, identities[file.parent], wanted, problems)
        except LeaderboardError as error:
            problems.add("", str(error))
    return scores, files


def _is_wanted(task: Task, split: str, subset: str) -> bool:
    """Return whether MTEB counts a split and a subset; an aggregate has one score of its own."""
    return split in task.splits and subset in (("default",) if task.members else task.subsets)


def _long(path: Path, problems: Problems) -> Iterator[Record]:
    header, *lines = read_lines(path, ",") or [[]]
    for name in _LONG:
        if name not in header:
            problems.add("", f"no column {name!r}; a long MTEB file has {', '.join(_LONG)}")
    for message in doubles(header):
        problems.add("", message)
    problems.stop_if_any()
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(f"row {number}", f"{len(cells)} cells under {len(header)} columns")
            continue
        row = dict(zip(header, cells, strict=True))
        place = f"row {number} ({row['model']}, {row['task']})"
        text = row["main_score"].strip()
        try:
            score = float(text) if text else math.nan
        except ValueError:
            problems.add(place, f"main_score is {quoted(text)}, which is not a number")
            continue
        yield Record(
            where=place,
            model=row["model"],
            revision=row["revision"],
            task=row["task"],
            split=row["split"],
            subset=row["subset"] or "default",
            scores={"main_score": score},
            version=row.get("mteb_version", ""),
            dataset_revision=row.get("dataset_revision"),
            main=score,
        )


def _of_file(
    file: Path,
    root: Path,
    identity: Identity,
    wanted: Mapping[str, Task] | None,
    problems: Problems,
) -> Iterator[Record]:
    content = read_json(file)
    place = file.name if file == root else file.relative_to(root).as_posix()
    name = content.get("task_name") or content.get("mteb_dataset_name")
    if not isinstance(name, str):
        problems.add(place, "is not an MTEB result: it has neither task_name nor mteb_dataset_name")
        return
    name = RENAMED.get(name, name)
    task = None if wanted is None else wanted.get(name)
    if wanted is not None and task is None:
        return
    revision = content.get("dataset_revision")
    blank = Record(
        where=place,
        model=identity.model,
        revision=identity.revision,
        task=name,
        split="",
        subset="default",
        scores={},
        version=str(content.get("mteb_version") or ""),
        dataset_revision=revision if isinstance(revision, str) else None,
        main=math.nan,
        experiment=identity.experiment,
        folder=str(file.parent),
        has_meta=identity.has_meta,
    )
    found = False
    for split, subset, scores in _entries(content, place, problems):
        if task is not None and not _is_wanted(task, split, subset):
            continue
        found = True
        # Of a benchmark mteb takes the metric under today's name only: `map` is not map_at_1000.
        plain = _flat(scores, _RENAMED if task is None else {})
        yield blank._replace(
            where=f"{place}, {split}, {subset}",
            split=split,
            subset=subset,
            scores=plain,
            main=math.nan if scores.get("main_score", 0) is None else plain.get("main_score"),
            languages=_languages(scores.get("languages")),
        )
    if task is not None and not found:
        # To mteb such a file is a result without scores, which still takes the task's place.
        yield blank._replace(split=task.splits[0], subset=min(task.subsets))


def _entries(
    content: Mapping[str, Any], place: str, problems: Problems
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield split, subset and scores under either schema."""
    if isinstance(content.get("scores"), dict):
        for split, subsets in content["scores"].items():
            for scores in subsets if isinstance(subsets, list) else [subsets]:
                if not isinstance(scores, dict):
                    problems.add(f"{place}, {split}", "contains no scores")
                    continue
                yield str(split), str(scores.get("hf_subset") or "default"), scores
        return
    splits = {k: v for k, v in content.items() if k not in _HEAD and isinstance(v, dict)}
    if not splits:
        problems.add(place, "contains no split with scores")
    for split, scores in splits.items():
        # Before mteb 1.11 a split holds scores, or subsets that hold them.
        subsets = {k: v for k, v in scores.items() if isinstance(v, dict) and k not in _FAMILIES}
        for subset, inner in (subsets or {"default": scores}).items():
            yield split, subset, inner


def _languages(stated: object) -> tuple[str, ...]:
    """Return `["eng-Latn"]` as `("eng",)`."""
    if not isinstance(stated, list):
        return ()
    return tuple(dict.fromkeys(_iso(code) for code in stated if isinstance(code, str) and code))


@cache
def _iso(code: str) -> str:
    return code.split("-")[0]


def metric_name(name: str) -> str:
    """Return a metric as mteb calls it today: `cos_sim_spearman` is `cosine_spearman`."""
    name = _today(name)
    return _RENAMED.get(name, name)


@cache
def _today(name: str) -> str:
    return name.replace("cos_sim", "cosine", 1) if name.startswith("cos_sim") else name


def _flat(scores: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, float]:
    flat = {}
    for key, value in scores.items():
        if type(value) is float:  # nearly all of them, and there are millions
            joined = _today(key)
            flat[renamed.get(joined, joined)] = value
            continue
        for name, number in value.items() if isinstance(value, dict) else [("", value)]:
            plain = as_number(number)
            if plain is not None:
                joined = _today(f"{key}_{name}" if name else key)
                flat[renamed.get(joined, joined)] = plain
    return flat


EXPERIMENTS = "experiments"
"""The folder, inside a revision's, of results under other settings than the model's own."""


def _identity(folder: Path) -> Identity:
    """Return who was measured: as `model_meta.json` says, or as the path does.

    `<model>/<revision>/experiments/<name>` is an experiment with that model, and so are results
    whose `model_meta.json` states settings (`experiment_kwargs`).
    """
    absolute = folder.resolve()
    experiment = absolute.name if absolute.parent.name == EXPERIMENTS else ""
    base = absolute.parents[1] if experiment else absolute
    meta = folder / "model_meta.json"
    content = read_json(meta) if meta.is_file() else {}
    settings = as_dict(content.get("experiment_kwargs"))
    stated = [f"{k}_{v}" for k, v in sorted(settings.items()) if v not in (None, "", [], {})]
    experiment = experiment or "__".join(stated)
    if isinstance(content.get("name"), str):
        revision = str(content.get("revision") or base.name)
        return Identity(content["name"], revision, experiment, has_meta=True)
    if "__" in base.name:  # the revision's folder is absent
        return Identity(base.name.replace("__", "/"), "", experiment, has_meta=False)
    return Identity(base.parent.name.replace("__", "/"), base.name, experiment, has_meta=False)


_BY_SHAPE = (
    "ndcg_at_10",  # retrieval
    "v_measure",  # clustering
    "max_ap",  # pair classification; see below
    "cosine_spearman",  # STS, summaries
    "map_at_1000",  # reranking
    "accuracy",  # classification
    "f1",  # bitext mining
)
_BITEXT = {"accuracy", "f1", "precision", "recall"}


def main_score(task: str, scores: Mapping[str, float]) -> tuple[str, float] | None:
    """Return name and value of the main metric, or None if it is unknown.

    As mteb itself does, the metric of today is taken from an old result, not the one that was
    the main metric then. A task that MTEB does not declare is judged by the metrics it has.
    """
    declared = tasks().get(task)
    if declared is not None and declared.metric in scores:
        return declared.metric, scores[declared.metric]
    if set(scores) - {"evaluation_time"} == _BITEXT:
        return "f1", scores["f1"]
    for name in _BY_SHAPE:
        if name in scores:
            return name, scores[name]
    return None


def which(task: str, scores: Mapping[str, float], main: float) -> set[str]:
    """Return the metrics whose value equals the stated main score."""
    return {name for name, score in scores.items() if score == main and name != "main_score"}
