"""MTEB results: `<org>__<model>/<revision>/<Task>.json`, with model_meta.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.exporters._outgoing import Cell, Outgoing, Row, file_name, write_json
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
    count, folders = 0, set[str]()
    for row in outgoing.rows:
        name = file_name(row.model.replace("/", "__"))
        while name in folders:  # a/b beside a__b
            name += "~"
        folders.add(name)
        found = _REVISION.search(row.source)
        revision = found[1] if found else _NO_REVISION
        place = folder / name / file_name(revision)
        write_json(place / "model_meta.json", {"name": row.model, "revision": revision})
        for task, content in _tasks(row).items():
            write_json(place / f"{file_name(task)}.json", content)
            count += 1
    extra = {
        f"{cell.task} {cell.column.metric}"
        for row in outgoing.rows
        for cell in row.cells
        if cell.column.metric != _first(row, cell)
    }
    if extra:
        outgoing.notes.append(
            "a task has one main score; other metrics stand beside it, for --metric:"
            f" {few(sorted(extra))}"
        )
    return count


def _first(row: Row, cell: Cell) -> str:
    return next(other.column.metric for other in row.cells if _place(other) == _place(cell))


def _place(cell: Cell) -> tuple[str, str]:
    """Return the task and the subset, `MassiveIntent (de)` of `MassiveIntent` as two names."""
    whole = cell.column.split_of
    if whole and cell.task.startswith(f"{whole} (") and cell.task.endswith(")"):
        return whole, cell.task[len(whole) + 2 : -1]
    return cell.task, "default"


def _tasks(row: Row) -> Mapping[str, Mapping[str, Any]]:
    """Return the content of each task's file."""
    subsets: dict[str, dict[str, dict[str, Any]]] = {}
    for cell in row.cells:
        task, subset = _place(cell)
        entry = subsets.setdefault(task, {}).setdefault(
            subset, {"main_score": cell.value, "hf_subset": subset, "languages": []}
        )
        entry.setdefault(cell.column.metric, cell.value)
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
