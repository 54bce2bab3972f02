"""Write out an import: the columns, the notes and the outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from flows.boards.importing import Kept
from flows.importers._draft import many
from flows.reports.sheet import Section, Sheet, write

_OUTCOMES = {
    "new": "imported",
    "superseded": (
        "imported again: it differs from the earlier import of this snapshot and replaces it"
    ),
    "unchanged": "unchanged: nothing was written",
    "dry run": "dry run: nothing was written",
}


def format_import(kept: Kept, form: str = "table") -> str:
    """Return an import as text in one of `FORMATS`."""
    return write(_sheet(kept), form, records=_records(kept), document=document_of(kept))


def _sheet(kept: Kept) -> Sheet:
    document = document_of(kept)
    columns = document["columns"]
    return Sheet(
        facts=(
            ("board", document["board"]),
            ("snapshot", document["snapshot"]),
            ("n", f"{many(document['n_models'], 'model')} over {many(len(columns), 'column')}"),
            ("cells", f"{document['n_cells']:,} scores, {document['n_missing']:,} missing"),
            ("human", ", ".join(document["human"]) or "none"),
            ("source", document["source"]),
            ("outcome", document["outcome"]),
        ),
        notes=kept.imported.notes,
        sections=(
            Section(
                title="",
                header=("column", "task", "metric", "role", "unit", "scores", "lowest", "highest"),
                numeric=(False, False, False, False, True, True, True, True),
                rows=tuple(
                    (
                        column["column"],
                        column["task"],
                        column["metric"],
                        column["role"],
                        _number(column["unit_max"]),
                        str(column["scores"]),
                        _number(column["lowest"]),
                        _number(column["highest"]),
                    )
                    for column in columns
                ),
            ),
        ),
    )


def document_of(kept: Kept) -> dict[str, Any]:
    """Return an import as plain values."""
    board = kept.imported.board
    present = ~np.isnan(board.values)
    columns = []
    for j, column in enumerate(board.columns):
        scores = board.values[present[:, j], j]
        columns.append(
            {
                "column": column.name,
                "task": column.task,
                "metric": column.metric,
                "role": column.role,
                "unit_max": column.unit_max if column.bounded else None,
                "scores": int(scores.size),
                "lowest": float(scores.min()) if scores.size else None,
                "highest": float(scores.max()) if scores.size else None,
            }
        )
    return {
        "board": board.name,
        "snapshot": board.snapshot,
        "n_models": len(board.models),
        "n_columns": len(board.columns),
        "n_cells": int(present.sum()),
        "n_missing": int((~present).sum()),
        "n_suspect": len(board.suspect),
        "human": [m for m, h in zip(board.models, board.is_human, strict=True) if h],
        "source": kept.imported.source,
        "outcome": _OUTCOMES[kept.outcome],
        "rankings": kept.rankings,
        "notes": list(kept.imported.notes),
        "columns": columns,
    }


def _records(kept: Kept) -> list[dict[str, Any]]:
    """Return one flat record per column."""
    document = document_of(kept)
    columns = document.pop("columns")
    document["notes"] = "; ".join(document["notes"])
    document["human"] = "; ".join(document["human"])
    return [{**document, **column} for column in columns]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
