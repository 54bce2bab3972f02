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
    found = []
    mine = row_keys(board, submitters=True)
    at = {column.name: j for j, column in enumerate(board.columns)}
    for other in others:
        if other.name != board.name or other.snapshot == board.snapshot:
            continue
        theirs = row_keys(other, submitters=True)
        shared = [(at[c.name], j) for j, c in enumerate(other.columns) if c.name in at]
        for name, i in mine.items():
            if name not in theirs:
                continue
            k = theirs[name]
            apart = [
                (here, there)
                for here, there in shared
                if not _same(board.values[i, here], other.values[k, there])
            ]
            if len(apart) > _SINGLE:
                columns = ", ".join(board.columns[here].name for here, _ in apart[:_SINGLE])
                text = (
                    f"differs from snapshot {other.snapshot} in {len(apart)} of {len(shared)}"
                    f" cells ({columns} …): submitted again?"
                )
                found.append(about_row(board, "copies differ", i, text))
                continue
            for here, there in apart:
                text = (
                    f"{_said(board.values[i, here])} here, {_said(other.values[k, there])}"
                    f" in snapshot {other.snapshot}"
                )
                found.append(about_cell(board, "copies differ", i, here, text, weight=1.0))
    return found


def _same(a: float, b: float) -> bool:
    return bool((np.isnan(a) and np.isnan(b)) or abs(a - b) <= 1e-9)


def _said(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:g}"
