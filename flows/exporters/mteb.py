"""MTEB results: `<org>__<model>/<revision>/<Task>.json`, with model_meta.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.exporters._outgoing import Cell, Outgoing, Row, file_name, plain_number, write_json
from flows.importers._draft import few

_NO_REVISION = "no_revision_available"
_REVISION = re.compile(r"\brevision (\S+)$")


def write(outgoing: Outgoing, folder: Path) -> int:
    """Write a file for each model and task; the first metric of a task is its main score.

    Args:
        outgoing: The board.
        folder: An empty folder.
    """
    outgoing.note_units("MTEB", 1.0)
    outgoing.note_facts("model_meta.json", (*_KEYS, "revision"))
    main = _main_metrics(outgoing)
    count, folders, without = 0, set[str](), dict[str, None]()
    for row in outgoing.rows:
        name = file_name(row.model.replace("/", "__"))
        while name in folders:  # a/b beside a__b
            name += "~"
        folders.add(name)
        found = _REVISION.search(row.source)
        stated = row.facts["revision"].value if "revision" in row.facts else None
        revision = str(stated or (found[1] if found else _NO_REVISION))
        place = folder / name / file_name(revision)
        meta = {"name": row.model, "revision": revision, **_meta(row)}
        write_json(place / "model_meta.json", meta)
        for task, content in _tasks(row, main, without).items():
            write_json(place / f"{file_name(task)}.json", content)
            count += 1
    cells = (cell for row in outgoing.rows for cell in row.cells)
    extra = {f"{c.task} {c.column.metric}" for c in cells if c.column.metric != main[_place(c)]}
    if extra:
        outgoing.notes.append(
            "a task has one main score; other metrics stand beside it, for --metric:"
            f" {few(sorted(extra))}"
        )
    if without:
        outgoing.notes.append(f"left out, without the main metric of their task: {few(without)}")
    return count


_KEYS: Mapping[str, str] = {
    "parameters": "n_parameters",
    "active_parameters": "n_active_parameters_override",
    "dimensions": "embed_dim",
    "context_tokens": "max_tokens",
    "release_date": "release_date",
    "licence": "license",
    "open_weights": "open_weights",
    "instructions": "use_instructions",
    "languages": "languages",
    "base_model": "adapted_from",
}
"""Key of each fact in model_meta.json."""


def _meta(row: Row) -> dict[str, Any]:
    """Return the facts that model_meta.json has keys for."""
    meta: dict[str, Any] = {}
    for name, key in _KEYS.items():
        if name not in row.facts:
            continue
        value = row.facts[name].value
        if name == "languages":
            meta[key] = str(value).split(", ")
        elif isinstance(value, float):
            meta[key] = plain_number(value)
        else:
            meta[key] = value
    return meta


def _main_metrics(outgoing: Outgoing) -> dict[tuple[str, str], str]:
    """Return the first metric of each task and subset on the board, the same for every model."""
    cells = {c.column.name: c for row in outgoing.rows for c in row.cells}
    main: dict[tuple[str, str], str] = {}
    for name in outgoing.columns:
        if name in cells:
            main.setdefault(_place(cells[name]), cells[name].column.metric)
    return main


def _place(cell: Cell) -> tuple[str, str]:
    """Return the task and the subset, `MassiveIntent (de)` of `MassiveIntent` as two names."""
    whole = cell.column.split_of
    if whole and cell.task.startswith(f"{whole} (") and cell.task.endswith(")"):
        return whole, cell.task[len(whole) + 2 : -1]
    return cell.task, "default"


def _tasks(
    row: Row, main: Mapping[tuple[str, str], str], without: dict[str, None]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the content of each task's file; `without` receives what lacks its main metric."""
    values: dict[tuple[str, str], dict[str, float]] = {}
    for cell in row.cells:
        values.setdefault(_place(cell), {})[cell.column.metric] = cell.value
    subsets: dict[str, dict[str, dict[str, Any]]] = {}
    for (task, subset), metrics in values.items():
        if main[task, subset] not in metrics:
            without[f"{row.model} {task}"] = None
            continue
        entry = {"main_score": metrics[main[task, subset]], "hf_subset": subset, "languages": []}
        subsets.setdefault(task, {})[subset] = entry | metrics
    return {
        task: {
            "dataset_revision": "not stated",
            "task_name": task,
            "mteb_version": None,
            "scores": {"test": list(entries.values())},
            "evaluation_time": None,
            "kg_co2_emissions": None,
        }
        for task, entries in subsets.items()
    }
