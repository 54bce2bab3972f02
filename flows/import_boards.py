"""Import a leaderboard as a Prefect flow, like `rankcheck import` but on schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from prefect import flow

from db import open_store
from flows.boards.importing import import_board
from flows.importers._columns import column_spec, read_units
from flows.importers._directions import read_directions
from flows.importers._draft import Asked
from flows.importers._identity import read_names
from flows.reports.imports import document_of

_NOT_OPTIONS = ("board", "snapshot", "spec", "known")


@flow(name="import-board", persist_result=False)
def import_boards(
    form: str, path: str, board: str, snapshot: str, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Import one snapshot of a board; all of it or nothing.

    Args:
        form: The format, as `rankcheck import` lists them: `csv`, `mteb`, `lm-eval` …
        path: The file or folder.
        board: Name of the board.
        snapshot: Its date.
        options: The command's other options, named as in Python: `{"unit": 100,
            "revision": "newest", "human": ["Human"], "column_spec": "board.yaml"}`,
            or a known board's name there. `directions`, `units` and `rename` are mappings;
            `rename` may also be a file.

    Returns:
        What was imported, as `rankcheck import --format json` prints it.

    Raises:
        LeaderboardError: With everything that is wrong with the file.
    """
    from evaluators.names import validate_known
    from flows import importers

    remaining = dict(options or {})
    shared = [one.name for one in fields(Asked) if one.name not in _NOT_OPTIONS]
    format_options = [str(option.name) for option in importers.find(form).OPTIONS]
    validate_known("import option", remaining, [*shared, "column_spec", *format_options])
    spec = remaining.pop("column_spec", None)
    chosen = {name: remaining.pop(name) for name in shared if name in remaining}
    for name in ("human", "repeated", "suspect", "ignore"):
        chosen[name] = tuple(chosen.get(name, ()))
    if chosen.get("unit") is not None:
        chosen["unit"] = float(chosen["unit"])
    if isinstance(chosen.get("rename"), str):
        chosen["rename"] = read_names(Path(chosen["rename"]))
    for name, read in (("directions", read_directions), ("units", read_units)):
        chosen[name] = read([f"{key}={value}" for key, value in dict(chosen.get(name, {})).items()])
    store = open_store()
    column_description = None if spec is None else column_spec(str(spec), store)
    asked = Asked(board, snapshot, spec=column_description, **chosen)
    return document_of(import_board(store, form, Path(path), asked, remaining))
