"""Records of Every Eval Ever (aggregate JSON): one file, or a folder of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click

from evaluators.model_facts.facts import FACTS
from flows.boards.foreign_files import JSON_LIMIT, Problems, parse_json, read_bytes
from flows.boards.metrics import metric_facts
from flows.errors import LeaderboardError
from flows.importers._directions import LOWER
from flows.importers._draft import Asked, Imported, Stated, as_dict, as_number, files_of, many
from flows.importers._identity import named_by
from flows.importers._measurements import (
    UNNAMED,
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
        help="Import only this metric (its metric_id); repeatable. Default: all that rank.",
    ),
)

_UNITS = {"percent": 100.0, "percentage": 100.0, "%": 100.0, "proportion": 1.0}
_OLD_KEYS: Mapping[str, tuple[str, ...]] = {
    "parameters": ("num_parameters", "n_parameters"),
    "licence": ("license",),
    "release_date": ("upload_date",),
    "revision": ("model_revision", "model_sha", "sha"),
    "precision": ("dtype", "torch_dtype"),
    "adapter": ("peft", "lora"),
}
"""Keys that records have for a fact, beside its own name."""

_AVAILABLE = {"open": True, "open_weights": True, "open-weights": True, "closed": False}

_OF_ROWS = ("revision", "precision", "adapter", "trajectory", "step")
# Facts about a model or a run, which make no other row of it.
_FACTS = (
    *("deployment_type", "model_availability", "num_parameters", "params_billions", "parameters"),
    *("model_args", "architecture", "co2_cost", "upload_date", "submission_date", "license"),
    *("n_parameters",),
    *(name for name in FACTS if name not in _OF_ROWS),
)
_ARGUMENTS = ("pretrained", "model", "device", "batch_size", "max_batch_size", "trust_remote_code")


class _Origin(NamedTuple):
    """Which record a value is from, its data set and split, and its id in the record."""

    record: str
    dataset: str
    result: str


def read(path: Path, asked: Asked, *, metric: Sequence[str] = ()) -> Imported:
    """Read records: a column per evaluation and metric, a row per model as evaluated.

    The schema is that of the package `every-eval-ever` 0.3 (`eval.schema.json`); records of older
    versions are read as far as they say the same.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()
    unknown: list[str] = []
    origins: dict[str, _Origin] = {}

    def read_one(file: Path, place: str) -> list[Measurement]:
        return _record(file, place, asked, problems, unknown, origins)

    kind = "records of Every Eval Ever"
    files = files_of(path, "*.json")
    measurements, used = read_each(files, path, kind, read_one, asked, problems, notes)
    if unknown:
        notes.append(
            f"{many(len(unknown), 'score')} of the level Unknown, taken as missing:"
            f" {asked.listed(unknown)}"
        )
    measurements = only_metrics(_told_apart(measurements, origins), metric, problems)
    return imported(measurements, used, path, asked, problems, notes)


def _record(
    file: Path,
    place: str,
    asked: Asked,
    problems: Problems,
    unknown: list[str],
    origins: dict[str, _Origin],
) -> list[Measurement]:
    content = parse_json(read_bytes(file, limit=JSON_LIMIT), place)
    record = as_dict(content)
    info = as_dict(record.get("model_info"))
    entries = record.get("evaluation_results")
    if not info or not isinstance(entries, list):
        raise LeaderboardError(
            f"{place} is not a record of Every Eval Ever: it must have model_info and a list of"
            " evaluation_results"
        )
    stated = info.get("id") or info.get("name")
    model = named_by(place, asked.model_from, stated if isinstance(stated, str) else "")
    if not model:
        problems.add(place, "does not say which model: neither model_info.id nor its name")
    date = str(record.get("evaluation_timestamp") or record.get("retrieved_timestamp") or "")
    measurements = []
    for number, entry in enumerate(map(as_dict, entries)):
        where = f"{place}, evaluation_results[{number}]"
        measured = _result(entry, where, problems, unknown)
        if measured is not None:
            origins[where] = _origin(entry, place)
            measurements.append(
                replace(
                    measured,
                    model=model,
                    variant=_variant(info),
                    facts=_stated(info, f"{place}, model_info"),
                    date=str(entry.get("evaluation_timestamp") or date),
                )
            )
    return measurements


def _stated(info: Mapping[str, Any], source: str) -> dict[str, Stated]:
    """Return the facts that a record states; its details are texts."""
    details = as_dict(info.get("additional_details"))
    facts = {}
    for name in FACTS:
        for key in (name, *_OLD_KEYS.get(name, ())):
            value = details.get(key)
            if isinstance(value, (str, int, float)) and name not in facts:
                facts[name] = Stated(value, source)
    available = _AVAILABLE.get(str(details.get("model_availability")).casefold())
    if available is not None:
        facts.setdefault("open_weights", Stated(available, source))
    if "parameters" not in facts and "params_billions" in details:
        facts["parameters"] = Stated(details["params_billions"], source, 1e9)
    return facts


def _variant(info: Mapping[str, Any]) -> dict[str, str]:
    engine = as_dict(info.get("inference_engine"))
    served = {
        "platform": info.get("inference_platform"),
        "engine": " ".join(str(engine[key]) for key in ("name", "version") if engine.get(key)),
    }
    details = as_dict(info.get("additional_details"))
    # The converter of lm-evaluation-harness states a revision nowhere else.
    pairs = (pair.partition("=") for pair in str(details.get("model_args") or "").split(","))
    arguments = {name.strip(): value for name, equals, value in pairs if equals}
    stated = flat_settings(arguments, _ARGUMENTS) | flat_settings(details, _FACTS)
    return flat_settings(served) | stated


def _result(
    entry: Mapping[str, Any], where: str, problems: Problems, unknown: list[str]
) -> Measurement | None:
    """Return the value of one result without its model, None where there is none."""
    config = as_dict(entry.get("metric_config"))
    details = as_dict(config.get("additional_details"))
    name = entry.get("evaluation_name")
    score = as_number(as_dict(entry.get("score_details")).get("score"))
    if not isinstance(name, str) or not name or score is None:
        missing = "evaluation_name" if score is not None else "score_details.score"
        problems.add(where, f"must have {missing}, and a number as its score")
        return None
    if config.get("has_unknown_level") is True and score == -1:
        unknown.append(f"{where} ({name})")
        return None
    metric = _metric(config)
    return Measurement(
        where=where,
        model="",
        task=name,
        metric=metric,
        value=score,
        lower=_lower(config, metric),
        unit=_unit(config),
        settings=_settings(entry),
        column=str(details.get("column") or ""),
        split_of=str(details["split_of"]) if details.get("split_of") else None,
    )


def _lower(config: Mapping[str, Any], metric: str) -> bool | None:
    """Return whether less is better; None where the record does not know it.

    The schema demands `lower_is_better`, so that converters write false for what they do not know:
    some say so (`polarity: unknown`), others write it for perplexities.
    """
    lower = config.get("lower_is_better")
    polarity = as_dict(config.get("additional_details")).get("polarity")
    facts = metric_facts(metric)
    doubtful = lower is False and facts is not None and facts.reason == LOWER
    return lower if isinstance(lower, bool) and polarity != "unknown" and not doubtful else None


def _metric(config: Mapping[str, Any]) -> str:
    """Return a metric's name with its parameters, such as `pass_at_k (k=1)`."""
    names = (config.get(key) for key in ("metric_id", "metric_name", "metric_kind"))
    name = next((str(name) for name in names if name), UNNAMED)
    parameters = flat_settings(as_dict(config.get("metric_parameters")))
    listed = ", ".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return f"{name} ({listed})" if listed else name


def _unit(config: Mapping[str, Any]) -> float | None:
    """Return the perfect score: what the unit says, else the largest possible score."""
    unit = _UNITS.get(str(config.get("metric_unit")).lower())
    largest = as_number(config.get("max_score"))
    if unit is not None or largest is None or not math.isfinite(largest) or largest <= 0:
        return unit
    return largest


def _settings(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return how the model was asked: the temperature, shots, prompt and the like."""
    config = as_dict(entry.get("generation_config"))
    arguments = as_dict(config.get("generation_args"))
    stated = flat_settings(arguments, ("execution_command",))
    spread = as_dict(as_dict(entry.get("score_details")).get("uncertainty"))
    source = as_dict(entry.get("source_data"))
    examples = spread.get("num_samples") or source.get("samples_number")
    stated |= flat_settings({"examples": examples})
    return stated | flat_settings(as_dict(config.get("additional_details")))


def _told_apart(
    measurements: Sequence[Measurement], origins: Mapping[str, _Origin]
) -> list[Measurement]:
    """Name the data set of tasks that have several, and the scorer where a metric has several."""
    datasets: dict[str, set[str]] = {}
    in_record: dict[tuple[str, str, str], int] = {}
    for m in measurements:
        origin = origins[m.where]
        datasets.setdefault(m.task, set()).add(origin.dataset)
        key = (origin.record, f"{m.task} {origin.dataset}", m.metric)
        in_record[key] = in_record.get(key, 0) + 1
    scorers = {(task, metric) for (_, task, metric), count in in_record.items() if count > 1}
    told = []
    for m in measurements:
        origin = origins[m.where]
        several = (f"{m.task} {origin.dataset}", m.metric) in scorers
        own = f"{m.metric} [{origin.result}]" if several and origin.result else m.metric
        task = f"{m.task} [{origin.dataset}]" if len(datasets[m.task]) > 1 else m.task
        told.append(replace(m, task=task, metric=own))
    return told


def _origin(entry: Mapping[str, Any], place: str) -> _Origin:
    source = as_dict(entry.get("source_data"))
    parts = [str(source[key]) for key in ("dataset_name", "hf_split") if source.get(key)]
    return _Origin(place, ", ".join(parts), str(entry.get("evaluation_result_id") or ""))
