"""The hub's `.eval_results/*.yaml`, in a folder for each model's repository."""

from __future__ import annotations

import re
from pathlib import Path

from evaluators.averaging import Column
from flows.exporters._outgoing import Outgoing, Row, folder_path, write_text, yaml_text
from flows.importers._draft import few
from flows.importers._measurements import UNNAMED
from flows.importers.hub_results import BETTER, FOLDER

_BENCHMARK = re.compile(r"([\w.-]+/[\w.-]+) ([\w.-]+)")


def write(outgoing: Outgoing, folder: Path) -> int:
    """Write a file for each model; the metric, for which the format has no key, is in the notes.

    Args:
        outgoing: The board.
        folder: An empty folder.

    Raises:
        LeaderboardError: The name of a model is too long for a folder.
    """
    paths = [folder / folder_path(row.model) / FOLDER for row in outgoing.rows]
    for row, path in zip(outgoing.rows, paths, strict=True):
        write_text(path / f"{outgoing.board}.yaml", yaml_text(_entries(row)))
    outgoing.note_facts("this form", ())
    elsewhere = {c.task for row in outgoing.rows for c in row.cells if "/" not in c.task}
    if elsewhere:
        outgoing.notes.append(
            "the hub shows only results whose data set is a benchmark's repository; these tasks"
            f" name none: {few(sorted(elsewhere))}"
        )
    return len(paths)


def _entries(row: Row) -> list[dict[str, object]]:
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    entries = []
    for cell in row.cells:
        match = _BENCHMARK.fullmatch(cell.task)
        dataset, task = (match[1], match[2]) if match else (cell.task, "default")
        if task == "default":  # the importer leaves that word out
            dataset = cell.task
        entries.append(EvalResultEntry(dataset, task, cell.value, notes=_notes(cell.column)))
    return eval_result_entries_to_yaml(entries)


def _notes(column: Column) -> str | None:
    """Return what the format has no keys for: the metric, and which way is better."""
    if column.metric == UNNAMED and column.higher_is_better:
        return None
    way = BETTER[not column.higher_is_better]
    return way if column.metric == UNNAMED else f"metric: {column.metric}; {way}"
