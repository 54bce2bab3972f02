"""Numbers that seem to come from another task of another board."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from evaluators.averaging.audit.checks.names import row_keys
from evaluators.averaging.audit.suspicion import Suspicion, about_cell
from evaluators.averaging.board import Board, Column


def borrowed(board: Board, others: Sequence[Board]) -> list[Suspicion]:
    """Return cells that equal the same model's cell in a related task of another board.

    With one decimal, equal numbers are common: between two human rows of 14 cells about one pair
    is expected by chance. So a pair counts only where the two tasks are named after one stem
    (AX, AX-b), and not where they are the same task or column, which boards share; neither 0 nor a
    perfect score counts. Equality does not say which of the two is the copy, unless the other board
    flags its cell as suspect.
    """
    texts_by_cell: dict[tuple[int, int], list[str]] = {}
    rows = row_keys(board, submitters=False)
    for other in others:
        if other.name == board.name:
            continue
        # A copy of the board may call MRPC_F1 a task of its own; it is still the same column.
        shared = {_name(c) for c in board.columns} & {_name(c) for c in other.columns}
        related = [
            (j, k)
            for j, here in enumerate(board.columns)
            for k, there in enumerate(other.columns)
            if _related(here, there) and not {_name(here), _name(there)} & shared
        ]
        if not related:
            continue
        other_rows = row_keys(other, submitters=False)
        for name, i in rows.items():
            if name not in other_rows:
                continue
            other_row = other_rows[name]
            for j, k in related:
                here = board.values[i, j] * board.columns[j].factor(1.0)
                there = other.values[other_row, k] * other.columns[k].factor(1.0)
                if np.isnan(here) or abs(here - there) > 1e-9 or here in (0.0, 1.0):
                    continue
                if (
                    other_row,
                    k,
                ) in other.suspect:  # the doubtful one is the copy, this the original
                    continue
                text = (
                    f"equals {other.columns[k].name} of {other.models[other_row]} on"
                    f" {other.title or other.name} {other.snapshot}"
                )
                texts_by_cell.setdefault((i, j), []).append(text)
    return [
        about_cell(
            board, "borrowed", i, j, "; ".join(texts), weight=2.0 if board.is_human[i] else 1
        )
        for (i, j), texts in texts_by_cell.items()
    ]


def _name(column: Column) -> str:
    return column.name.casefold()


def _stem(task: str) -> str:
    return re.split(r"[\W_]", task.casefold(), maxsplit=1)[0]


def _related(column: Column, other: Column) -> bool:
    """Return whether two different tasks are named after one stem."""
    same = column.task.casefold() == other.task.casefold()
    return not same and len(_stem(column.task)) > 1 and _stem(column.task) == _stem(other.task)
