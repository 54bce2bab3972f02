"""A board out of three tables of rows: how the store keeps it and how a file is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluators.averaging.board import Board, Column


def board_from_tables(
    name: str,
    snapshot: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    cells: Sequence[Mapping[str, Any]],
    *,
    title: str = "",
    notes: str = "",
) -> Board:
    """Build a board from rows as the store's tables `leaderboard_*` hold them.

    Args:
        name: The board.
        snapshot: The snapshot.
        columns: `position, column_name, task, metric, role, split_of, unit_max,
            higher_is_better`, in any order.
        rows: `position, model, submitted_by, is_human, published_score, source`, in any order.
        cells: `model_position, column_position, value, suspect, suspect_reason`; a missing
            cell has no row, or None for a value.
        title: The title.
        notes: What is to be said about the snapshot.
    """
    columns = sorted(columns, key=lambda column: int(column["position"]))
    rows = sorted(rows, key=lambda row: int(row["position"]))
    column_at = {int(column["position"]): j for j, column in enumerate(columns)}
    row_at = {int(row["position"]): i for i, row in enumerate(rows)}
    values = np.full((len(rows), len(columns)), np.nan)
    suspect = {}
    for cell in cells:
        i, j = row_at[int(cell["model_position"])], column_at[int(cell["column_position"])]
        values[i, j] = math.nan if _absent(cell["value"]) else float(cell["value"])
        if cell.get("suspect"):
            suspect[i, j] = str(cell.get("suspect_reason") or "flagged suspect")
    return Board(
        name=name,
        snapshot=snapshot,
        models=tuple(str(row["model"]) for row in rows),
        columns=tuple(
            Column(
                name=str(column["column_name"]),
                task=str(column["task"]),
                metric=str(column["metric"]),
                role="diagnostic" if column["role"] == "diagnostic" else "main",
                split_of=None if _absent(column.get("split_of")) else str(column["split_of"]),
                unit_max=float(column["unit_max"]),
                higher_is_better=bool(column["higher_is_better"]),
            )
            for column in columns
        ),
        values=values,
        is_human=tuple(bool(row["is_human"]) for row in rows),
        submitted_by=tuple(_text(row.get("submitted_by")) for row in rows),
        published=np.array(
            [
                math.nan if _absent(row.get("published_score")) else row["published_score"]
                for row in rows
            ],
            dtype=np.float64,
        ),
        suspect=suspect,
        title=title,
        sources=tuple(_text(row.get("source")) for row in rows),
        notes=notes,
    )


def _absent(value: object) -> bool:
    """Whether a value is None or NaN, which data frames put where there is nothing."""
    return value is None or value != value


def _text(value: object) -> str:
    return "" if _absent(value) else str(value)
