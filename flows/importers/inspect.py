"""Logs of Inspect (`inspect_ai`): `.eval` and `.json` files, one or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from flows.boards.foreign_files import JSON_LIMIT, LIMIT, Problems, parse_json, read_bytes
from flows.errors import LeaderboardError
from flows.importers._draft import (
    Asked,
    Imported,
    Stated,
    as_dict,
    as_list,
    as_number,
    few,
    files_of,
)
from flows.importers._eval_archive import read_member
from flows.importers._identity import named_by
from flows.importers._measurements import (
    Measurement,
    flat_settings,
    imported,
    only_metrics,
    read_each,
)

OPTIONS = (
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric, as `match accuracy`; repeatable. Default: all that rank.",
    ),
)

# Where a model runs and how fast, which makes no other row of it.
_RUN = ("device", "base_url", "batch_size", "max_connections", "timeout", "max_retries", "api_key")


def read(path: Path, asked: Asked, *, metric: Sequence[str] = ()) -> Imported:
    """Read logs: a column per task, scorer and metric, a row per model as evaluated.

    Only logs whose status is success count. Samples are not read.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()
    limited: dict[str, None] = {}

    def read_one(file: Path, place: str) -> list[Measurement]:
        header = _header(file, place)
        if as_dict(as_dict(header.get("eval")).get("config")).get("limit") is not None:
            limited[place] = None
        return list(_log(header, place, asked, problems))

    files = [file for file in files_of(path, "*") if path.is_file() or _is_log(file)]
    if not files:
        raise LeaderboardError(f"{path} contains no .eval and no .json files")
    kind = "finished logs of Inspect"
    measurements, used = read_each(files, path, kind, read_one, asked, problems, notes)
    if limited:
        notes.append(f"run on a part of the examples (limit): {asked.listed(limited)}")
    measurements = only_metrics(measurements, metric, problems)
    return imported(measurements, used, path, asked, problems, notes)


def _is_log(file: Path) -> bool:
    return file.suffix == ".eval" or (file.suffix == ".json" and file.name != "logs.json")


def _header(file: Path, place: str) -> Mapping[str, Any]:
    """Return a log without its samples.

    Raises:
        LeaderboardError: It is not a log, or the run did not end well.
    """
    largest = LIMIT if file.suffix == ".eval" else JSON_LIMIT
    if file.stat().st_size > largest:
        raise LeaderboardError(
            f"{place} is larger than {largest / 2**20:g} MiB: import its header alone, which"
            " `inspect log dump --header-only` writes"
        )
    content = (
        read_member(file, "header.json", place, limit=JSON_LIMIT)
        if file.suffix == ".eval"
        else read_bytes(file, limit=JSON_LIMIT)
    )
    header = as_dict(parse_json(content, place))
    if not isinstance(header.get("eval"), dict) or "status" not in header:
        raise LeaderboardError(f"{place} is not a log of Inspect: it must have eval and status")
    if header["status"] != "success":
        raise LeaderboardError(f"{place} has the status {str(header['status'])[:40]!r}")
    if header.get("invalidated") is True:
        raise LeaderboardError(f"{place} was invalidated by its owner")
    return header


def _log(
    header: Mapping[str, Any], place: str, asked: Asked, problems: Problems
) -> Iterator[Measurement]:
    run = as_dict(header.get("eval"))
    model, task = run.get("model"), run.get("task")
    model = named_by(place, asked.model_from, model if isinstance(model, str) else "")
    if not model or not isinstance(task, str) or not task:
        problems.add(place, "does not say which model and task: eval.model and eval.task")
        return
    scores = as_list(as_dict(header.get("results")).get("scores"))
    for score in map(as_dict, scores):
        for key, metric in as_dict(score.get("metrics")).items():
            value = as_number(as_dict(metric).get("value"))
            name = _metric(score, str(key))
            where = f"{place}, {task} {name}"
            if value is None:
                problems.add(where, f"is {as_dict(metric).get('value')!r}, which is not a number")
                continue
            yield Measurement(
                where=where,
                model=model,
                task=task,
                metric=name,
                value=value,
                variant=flat_settings(as_dict(run.get("model_args")), _RUN),
                settings=_settings(header, run),
                facts=_facts(as_dict(run.get("model_args")), f"{place}, eval.model_args"),
                date=str(run.get("created") or ""),
            )


_KEYS: Mapping[str, tuple[str, ...]] = {
    "revision": ("revision", "model_revision"),
    "precision": ("dtype", "torch_dtype", "quantization"),
    "adapter": ("peft", "adapter", "lora"),
    "context_tokens": ("max_model_len", "max_seq_len"),
}
"""Arguments of a model that state a fact about it."""


def _facts(arguments: Mapping[str, Any], source: str) -> dict[str, Stated]:
    """Return the facts that the arguments of a model state."""
    stated = {
        name: next((v for key in keys if isinstance(v := arguments.get(key), (str, int))), None)
        for name, keys in _KEYS.items()
    }
    return {name: Stated(value, source) for name, value in stated.items() if value is not None}


def _metric(score: Mapping[str, Any], key: str) -> str:
    """Return the scorer and its metric, such as `match accuracy`, and how epochs are reduced."""
    names = [str(score.get(part) or "") for part in ("scorer", "name")]
    scorer = names[1] if names[0] in ("", names[1]) else f"{names[0]} {names[1]}".strip()
    reducer = score.get("reducer")
    reduced = f" ({reducer})" if reducer and reducer != "mean" else ""
    return f"{scorer} {key}{reduced}".strip()


def _settings(header: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, str]:
    """Return how the task was run: its arguments, version, limit, and how the model was asked."""
    config = as_dict(run.get("config"))
    data = as_dict(run.get("dataset"))
    stated = {
        "version": run.get("task_version"),
        "limit": _text(config.get("limit")),
        "epochs": config.get("epochs"),
        "examples": data.get("samples"),
        "solver": run.get("solver"),
    }
    generate = as_dict(as_dict(header.get("plan")).get("config"))
    asked = as_dict(run.get("model_generate_config")) | generate
    arguments = flat_settings(as_dict(run.get("task_args")))
    return flat_settings(stated) | arguments | flat_settings(asked, _RUN)


def _text(limit: object) -> str | None:
    """Return a limit as text: a number of examples, or the first and last one."""
    if isinstance(limit, list):
        return few(map(str, limit), 2).replace(", ", " to ")
    return None if limit is None else str(limit)
