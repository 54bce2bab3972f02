"""One result file of lm-evaluation-harness, of any version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.board_lines import read_json
from flows.importing.foreign import as_dict, as_list, as_number
from flows.problem_list import Problems

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
        filter: What was done to the answers first; `none` where nothing was.
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
        """`gsm8k exact_match,strict-match`; the filter only where there is one."""
        more = "" if self.filter == "none" else f",{self.filter}"
        return f"{self.task} {self.metric}{more}"

    @property
    def unit(self) -> float | None:
        """What a perfect score is, where the harness fixes it."""
        return _UNITS.get(self.metric)


@dataclass(frozen=True)
class Result:
    """One file.

    Attributes:
        where: Its place, for messages.
        model: The model.
        date: When it ran, as a number or the file's name: newer is greater.
        metrics: The numbers.
        subtasks: The tasks of each group.
        settings: What must be the same for all models, by task: shots, version, limit.
    """

    where: str
    model: str
    date: tuple[float, str]
    metrics: tuple[Metric, ...]
    subtasks: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Mapping[str, str]]


def result_of(file: Path, root: Path, problems: Problems) -> Result | None:
    """Read one file; None, with the reason noted, where it is none of the harness's."""
    found = read_json(file)
    where = file.name if file == root else file.relative_to(root).as_posix()
    results = found.get("results")
    if not isinstance(results, dict):
        problems.add(where, "is no result of lm-evaluation-harness: it has no results")
        return None
    model = _model(found)
    if not model:
        problems.add(where, "does not say which model: neither model_name nor config.model_args")
    metrics = []
    better = as_dict(found.get("higher_is_better"))
    for task, numbers in results.items():
        for key, value in as_dict(numbers).items():
            metric, _, filtered = key.partition(",")
            if metric in _NOT_METRICS or metric.endswith("_stderr"):
                continue
            number = as_number(value)
            if number is None:
                problems.add(f"{where}, {task} {key}", f"is {value!r}, which is no number")
                continue
            said = as_dict(better.get(task)).get(metric)
            lower = said is False or (said is None and metric in _LOWER)
            metrics.append(Metric(str(task), metric, filtered or "none", number, lower))
    groups = as_dict(found.get("group_subtasks"))
    return Result(
        where=where,
        model=model,
        date=(as_number(found.get("date")) or 0.0, file.name),
        metrics=tuple(metrics),
        subtasks={str(g): tuple(map(str, as_list(s))) for g, s in groups.items()},
        settings={str(task): _settings(found, str(task)) for task in results},
    )


def _settings(found: Mapping[str, Any], task: str) -> dict[str, str]:
    config = as_dict(found.get("config"))
    said = {
        "shots": as_dict(found.get("n-shot")).get(task, config.get("num_fewshot")),
        "version": as_dict(found.get("versions")).get(task),
        "limit": config.get("limit"),
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def _model(found: Mapping[str, Any]) -> str:
    """Return the model's name: as told, or out of the arguments it was loaded with."""
    if isinstance(name := found.get("model_name"), str) and name:
        return name
    config = as_dict(found.get("config"))
    arguments = config.get("model_args")
    if isinstance(arguments, dict):
        arguments = ",".join(f"{key}={value}" for key, value in arguments.items())
    for key in ("peft", "delta", "pretrained", "model", "path", "engine"):
        if said := re.search(rf"(?:^|,)\s*{key}=([^,]+)", str(arguments or "")):
            return said[1].strip()
    return str(config.get("model") or "")
