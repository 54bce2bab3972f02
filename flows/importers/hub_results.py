"""Results on the Hugging Face hub: .eval_results/*.yaml of models, or a data set's leaderboard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import click

from flows.boards.foreign_files import JSON_LIMIT, Problems, parse_json, read_bytes
from flows.boards.metrics import phrase_facts
from flows.errors import LeaderboardError
from flows.importers._card_facts import card_facts, facts_beside
from flows.importers._draft import Asked, Imported, Stated, as_dict, as_number, files_of
from flows.importers._identity import named_by
from flows.importers._measurements import UNNAMED, Measurement, imported, read_each
from flows.importers._safe_yaml import YamlError, parse_yaml

OPTIONS = (
    click.Option(
        ["--dataset"],
        default="",
        metavar="ID",
        help="Data set of a leaderboard's answer, which does not name it. Default: the file's"
        " name.",
    ),
)

FOLDER = ".eval_results"
BETTER = {False: "more is better", True: "less is better"}
"""What the notes of a result say of its metric, by whether less is better."""

_LARGEST_YAML = 256 * 1024
_METRIC = re.compile(r"\s*metric:\s*(\S.*?)\s*$", re.IGNORECASE)


def read(path: Path, asked: Asked, *, dataset: str = "") -> Imported:
    """Read results: a column per data set and task, a row per model and setup (its notes).

    A repository's folder, a folder of repositories (`org/name/.eval_results/x.yaml`), the hub's
    answer about one model (with `evalResults`), or its answer about a data set's leaderboard.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()

    def read_one(file: Path, place: str) -> list[Measurement]:
        if file.suffix in (".yaml", ".yml"):
            content = _yaml(read_bytes(file, limit=_LARGEST_YAML), place)
            stated, variant = _repository(file, path)
            folder = file.parent.parent if file.parent.name == FOLDER else file.parent
            facts = facts_beside(folder, stated, path)
            return list(_entries(content, place, stated, variant, facts, asked, problems))
        content = parse_json(read_bytes(file, limit=JSON_LIMIT), place)
        if isinstance(content, list):
            name = dataset or file.name.split(".json")[0].replace("__", "/")
            return list(_leaderboard(content, place, name, asked, problems))
        model, results = as_dict(content).get("id"), as_dict(content).get("evalResults")
        if not isinstance(model, str) or results is None:
            raise LeaderboardError(
                f"{place} is no answer of the hub with scores: it must be a list, or have id and"
                " evalResults"
            )
        facts = _facts(as_dict(content), model, place)
        return list(_entries(results, place, model, {}, facts, asked, problems))

    files = _files(path)
    if not files:
        raise LeaderboardError(f"{path} contains no {FOLDER}/*.yaml and no .json files")
    kind = "results of the hub"
    measurements, used = read_each(files, path, kind, read_one, asked, problems, notes)
    return imported(measurements, used, path, asked, problems, notes)


def _yaml(content: bytes, place: str) -> Any:
    try:
        return parse_yaml(content.decode("utf-8-sig"), numbers=True, aliases=False)
    except (UnicodeDecodeError, YamlError) as error:
        raise LeaderboardError(f"{place} cannot be read as YAML: {error}") from error


def _files(path: Path) -> list[Path]:
    """Return the results of repositories, else answers of the hub: repositories have other JSON."""
    files = files_of(path, "*")
    if path.is_file():
        return files
    results = [f for f in files if f.suffix in (".yaml", ".yml") and f.parent.name == FOLDER]
    return results or [file for file in files if file.suffix == ".json"]


def _repository(file: Path, root: Path) -> tuple[str, dict[str, str]]:
    """Return the repository that a file of results is in, and its revision where that shows."""
    folder = file.parent.parent if file.parent.name == FOLDER else file.parent
    inside = root.is_dir() and folder != root and folder.is_relative_to(root)
    place = folder.relative_to(root) if inside else Path(folder.resolve().name)
    cached = [part for part in folder.resolve().parts if part.startswith("models--")]
    if cached and folder.parent.name == "snapshots":  # a cache of huggingface_hub
        name = cached[-1].removeprefix("models--").replace("--", "/", 1)
        return name, {"revision": folder.name}
    return "/".join(map(unquote, PurePosixPath(place.as_posix()).parts)), {}


def _facts(answer: Mapping[str, Any], model: str, place: str) -> dict[str, Stated]:
    """Return what the hub's answer about a model states of it: `model_info` in huggingface_hub."""
    stated = {
        "parameters": as_dict(answer.get("safetensors")).get("total"),
        "architecture": as_dict(answer.get("config")).get("architectures"),
        "release_date": answer.get("createdAt"),
        "revision": answer.get("sha"),
    }
    facts = {name: Stated(value, place) for name, value in stated.items() if value is not None}
    return facts | card_facts(as_dict(answer.get("cardData")), model, f"{place}, cardData")


def _entries(
    content: Any,
    place: str,
    stated: str,
    variant: Mapping[str, str],
    facts: Mapping[str, Stated],
    asked: Asked,
    problems: Problems,
) -> Iterator[Measurement]:
    from huggingface_hub import parse_eval_result_entries

    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise LeaderboardError(f"{place} must hold a list of results, each with dataset and value")
    model = named_by(place, asked.model_from, stated)
    if not model:
        problems.add(place, "does not say which model: give --model-from")
    for number, item in enumerate(content):
        where = f"{place}, result {number + 1}"
        if "error" in item:
            problems.add(where, f"the hub found it faulty: {item['error']}")
            continue
        try:
            entry = parse_eval_result_entries([item])[0]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            found = f"no {error.args[0]}" if isinstance(error, KeyError) else str(error)
            problems.add(where, f"must have dataset.id, dataset.task_id and value, found {found}")
            continue
        if not all(isinstance(name, str) and name for name in (entry.dataset_id, entry.task_id)):
            problems.add(
                where, "dataset.id and dataset.task_id must be names, in quotes if numbers"
            )
            continue
        task = f"{entry.dataset_id} {entry.task_id}".removesuffix(" default")
        revision = entry.dataset_revision
        yield from _measured(
            where,
            model,
            task,
            entry.value,
            entry.notes,
            problems,
            variant=variant,
            facts=facts,
            settings={} if revision is None else {"dataset revision": str(revision)},
            date="" if entry.date is None else str(entry.date),
        )


def _leaderboard(
    content: Sequence[Any], place: str, dataset: str, asked: Asked, problems: Problems
) -> Iterator[Measurement]:
    """Yield the scores of a leaderboard; its ranks say which way is better."""
    from huggingface_hub.hf_api import DatasetLeaderboardEntry

    entries = []
    for number, item in enumerate(content):
        try:
            entries.append(DatasetLeaderboardEntry(**item))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise LeaderboardError(
                f"{place} is no leaderboard of the hub: entry {number + 1} must have rank, modelId,"
                f" value, filename, verified and author ({type(error).__name__}: {error})"
            ) from error
        if not isinstance(entries[-1].model_id, str) or not entries[-1].model_id:
            raise LeaderboardError(f"{place}, entry {number + 1}: modelId must be a name")
    lower = _lower(entries)
    for entry in entries:
        where = f"{place}, rank {entry.rank} ({entry.model_id})"
        yield from _measured(
            where,
            named_by(place, asked.model_from, entry.model_id),
            dataset,
            entry.value,
            entry.notes,
            problems,
            lower=lower,
        )


def _lower(entries: Sequence[Any]) -> bool | None:
    """Return whether smaller values have better ranks; None where the ranks do not tell."""
    pairs = [(as_number(entry.rank), as_number(entry.value)) for entry in entries]
    ranked = sorted((rank, value) for rank, value in pairs if None not in (rank, value))
    values = [value for _, value in ranked]
    if len(set(values)) < 2:
        return None
    if values == sorted(values, reverse=True):  # type: ignore[type-var]
        return False
    return True if values == sorted(values) else None  # type: ignore[type-var]


def _measured(
    where: str,
    model: str,
    task: str,
    value: Any,
    notes: str | None,
    problems: Problems,
    *,
    variant: Mapping[str, str] | None = None,
    facts: Mapping[str, Stated] | None = None,
    settings: Mapping[str, str] | None = None,
    lower: bool | None = None,
    date: str = "",
) -> Iterator[Measurement]:
    """Yield a value; its notes tell of the setup, or of the metric."""
    number = as_number(value)
    if number is None:
        problems.add(where, f"is {str(value)[:80]!r}, which is not a number")
        return
    setup, metric = [], ""
    for part in str(notes or "").split(";"):
        if match := _METRIC.match(part):
            metric = match[1]
        elif part.strip() in BETTER.values():
            lower = part.strip() == BETTER[True]
        elif part.strip():
            setup.append(part.strip())
    if not metric:  # the hub has no metrics: a task's name may tell of an error rate
        named = phrase_facts(task)
        metric = task if named is not None and named.reason else UNNAMED
    yield Measurement(
        where=where,
        model=model,
        task=task,
        metric=metric,
        value=number,
        lower=lower,
        variant=variant or {},
        facts=facts or {},
        settings={**(settings or {}), **({"notes": "; ".join(setup)} if setup else {})},
        date=date,
    )
