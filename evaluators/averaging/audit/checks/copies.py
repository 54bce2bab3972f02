"""Cells that differ between snapshots or copies of one board."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.averaging.audit.checks.names import row_keys
from evaluators.averaging.audit.suspicion import Suspicion, about_cell, about_row
from evaluators.averaging.board import Board

_SINGLE = 3


def copies_differ(board: Board, others: Sequence[Board]) -> list[Suspicion]:
    """Return the cells that another snapshot of the same board has otherwise.

    Rows are matched by name and submitter, where that names one row in both. A row that differs
    in more than three cells was most likely submitted again, and is one finding.
    """
    cells: dict[tuple[int, int], dict[str, list[str]]] = {}
    rows: dict[int, list[str]] = {}
    mine = row_keys(board, submitters=True)
    at = {column.name: j for j, column in enumerate(board.columns)}
    for other in others:
        if other.name != board.name or other.snapshot == board.snapshot:
            continue
        theirs = row_keys(other, submitters=True)
        shared = [(at[c.name], j) for j, c in enumerate(other.columns) if c.name in at]
        for name in mine.keys() & theirs.keys():
            i, k = mine[name], theirs[name]
            apart = [
                (here, there)
                for here, there in shared
                if not _same(board.values[i, here], other.values[k, there])
            ]
            if len(apart) > _SINGLE:
                columns = ", ".join(board.columns[here].name for here, _ in apart[:_SINGLE])
                text = f"{other.snapshot} in {len(apart)} of {len(shared)} cells ({columns} …)"
                rows.setdefault(i, []).append(text)
                continue
            for here, there in apart:
                value = _said(other.values[k, there])
                cells.setdefault((i, here), {}).setdefault(value, []).append(other.snapshot)
    found = []
    for (i, j), values in cells.items():
        elsewhere = "; ".join(f"{v} in {', '.join(where)}" for v, where in values.items())
        text = f"{_said(board.values[i, j])} here, {elsewhere}"
        found.append(about_cell(board, "copies differ", i, j, text, weight=1.0))
    for i, where in rows.items():
        text = f"differs from {'; '.join(where)}: submitted again?"
        found.append(about_row(board, "copies differ", i, text))
    return found


def _same(a: float, b: float) -> bool:
    return bool((np.isnan(a) and np.isnan(b)) or abs(a - b) <= 1e-9)


def _said(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:g}"
