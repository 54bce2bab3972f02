"""Cells that differ between snapshots or copies of one board."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.averaging.audit.checks.names import row_keys
from evaluators.averaging.audit.suspicion import Suspicion, about_cell, about_row
from evaluators.averaging.board import Board

_SINGLE = 3


def copies_differ(board: Board, others: Sequence[Board]) -> list[Suspicion]:
    """Return the cells that differ in another snapshot of the same board.

    Rows are matched by name and submitter, where these identify one row in both. A row that differs
    in more than three cells was most likely submitted again, and is one finding.
    """
    cells: dict[tuple[int, int], dict[str, list[str]]] = {}
    rows: dict[int, list[str]] = {}
    own_rows = row_keys(board, submitters=True)
    columns_by_name = {column.name: j for j, column in enumerate(board.columns)}
    for other in others:
        if other.name != board.name or other.snapshot == board.snapshot:
            continue
        other_rows = row_keys(other, submitters=True)
        shared = [
            (columns_by_name[c.name], j)
            for j, c in enumerate(other.columns)
            if c.name in columns_by_name
        ]
        for name in own_rows.keys() & other_rows.keys():
            i, k = own_rows[name], other_rows[name]
            differing = [
                (own_column, other_column)
                for own_column, other_column in shared
                if not _same(board.values[i, own_column], other.values[k, other_column])
            ]
            if len(differing) > _SINGLE:
                columns = ", ".join(
                    board.columns[own_column].name for own_column, _ in differing[:_SINGLE]
                )
                text = f"{other.snapshot} in {len(differing)} of {len(shared)} cells ({columns} …)"
                rows.setdefault(i, []).append(text)
                continue
            for own_column, other_column in differing:
                value = _format(other.values[k, other_column])
                cells.setdefault((i, own_column), {}).setdefault(value, []).append(other.snapshot)
    suspicions = []
    for (i, j), values in cells.items():
        other_values = "; ".join(
            f"{v} in {', '.join(snapshots)}" for v, snapshots in values.items()
        )
        text = f"{_format(board.values[i, j])} here, {other_values}"
        suspicions.append(about_cell(board, "copies differ", i, j, text, weight=1.0))
    for i, snapshots in rows.items():
        text = f"differs from {'; '.join(snapshots)}: submitted again?"
        suspicions.append(about_row(board, "copies differ", i, text))
    return suspicions


def _same(a: float, b: float) -> bool:
    return bool((np.isnan(a) and np.isnan(b)) or abs(a - b) <= 1e-9)


def _format(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:g}"
