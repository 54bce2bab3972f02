"""Read MTEB results as records: both JSON schemas, and the long CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flows.boards.foreign_files import Problems, read_json, read_lines
from flows.errors import LeaderboardError
from flows.importers._draft import as_number, each, files_of


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


_HEAD = {"dataset_revision", "mteb_dataset_name", "mteb_version", "evaluation_time", "task_name"}
_FAMILIES = {"cos_sim", "cosine", "dot", "euclidean", "manhattan", "max", "similarity"}
_RENAMED = {"map": "map_at_1000", "mrr": "mrr_at_1000"}
_LONG = ("model", "revision", "task", "split", "subset", "main_score")


def records(path: Path, problems: Problems) -> tuple[list[Record], list[Path]]:
    """Return the scores of a folder, JSON file or long CSV, and the files read."""
    if path.is_file() and ".csv" in path.suffixes:
        return list(_long(path, problems)), [path]
    files = [f for f in files_of(path, "*.json") if f.name != "model_meta.json"]
    scores: list[Record] = []
    for file in each(files, "results read"):
        try:
            scores += _of_file(file, path, problems)
        except LeaderboardError as error:
            problems.add("", str(error))
    return scores, files


def _long(path: Path, problems: Problems) -> Iterator[Record]:
    header, *lines = read_lines(path, ",") or [[]]
    for name in _LONG:
        if name not in header:
            problems.add("", f"no column {name!r}; a long MTEB file has {', '.join(_LONG)}")
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
            problems.add(place, f"main_score is {text!r}, which is not a number")
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


def _of_file(file: Path, root: Path, problems: Problems) -> Iterator[Record]:
    content = read_json(file)
    place = file.name if file == root else file.relative_to(root).as_posix()
    task = content.get("task_name") or content.get("mteb_dataset_name")
    if not isinstance(task, str):
        problems.add(place, "is not an MTEB result: it has neither task_name nor mteb_dataset_name")
        return
    model, revision = _model_and_revision(file)
    for split, subset, scores in _entries(content, place, problems):
        plain = _flat(scores)
        main = plain.get("main_score")
        yield Record(
            where=f"{place}, {split}, {subset}",
            model=model,
            revision=revision,
            task=task,
            split=split,
            subset=subset,
            scores=plain,
            version=str(content.get("mteb_version") or ""),
            dataset_revision=content.get("dataset_revision"),
            main=main,
        )


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


def metric_name(name: str) -> str:
    """Return a metric as mteb calls it today: `cos_sim_spearman` is `cosine_spearman`."""
    name = name.replace("cos_sim", "cosine", 1) if name.startswith("cos_sim") else name
    return _RENAMED.get(name, name)


def _flat(scores: Mapping[str, Any]) -> dict[str, float]:
    flat = {}
    for key, value in scores.items():
        for name, number in value.items() if isinstance(value, dict) else [("", value)]:
            plain = as_number(number)
            if plain is not None:
                flat[metric_name(f"{key}_{name}" if name else key)] = plain
    return flat


def _model_and_revision(file: Path) -> tuple[str, str]:
    """Return model and revision from `model_meta.json` or the file's path."""
    folder = file.resolve().parent
    meta = folder / "model_meta.json"
    if meta.is_file():
        content = read_json(meta)
        if isinstance(content.get("name"), str):
            return content["name"], str(content.get("revision") or folder.name)
    if "__" in folder.name:  # the revision's folder is absent
        return folder.name.replace("__", "/"), ""
    return folder.parent.name.replace("__", "/"), folder.name


_BY_SHAPE = (
    "ndcg_at_10",  # retrieval
    "v_measure",  # clustering
    "max_ap",  # pair classification; see below
    "cosine_spearman",  # STS, summaries
    "map_at_1000",  # reranking
    "accuracy",  # classification
    "f1",  # bitext mining
)
_SPECIAL = {"Cmnli": "max_accuracy", "Ocnli": "max_accuracy"}
"""Tasks whose main metric is not that of their kind, as mteb 2 has it."""


def main_score(task: str, scores: Mapping[str, float]) -> tuple[str, float] | None:
    """Return name and value of the main metric, or None if it is unknown.

    As mteb itself does, the metric of today is taken from an old result, not the one that was
    the main metric then (pair classification: best average precision over similarities).
    """
    special = _SPECIAL.get(task)
    if special in scores and special is not None:
        return special, scores[special]
    for name in _BY_SHAPE:
        if name in scores:
            return name, scores[name]
    return None


def which(task: str, scores: Mapping[str, float], main: float) -> set[str]:
    """Return the metrics whose value equals the stated main score."""
    return {name for name, score in scores.items() if score == main and name != "main_score"}
