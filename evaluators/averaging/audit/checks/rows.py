"""What a row says as a whole: flags, the same scores twice, a name against its human flag."""

from __future__ import annotations

import re

import numpy as np

from evaluators.averaging.audit.suspicion import Suspicion, about_cell, about_row
from evaluators.averaging.board import Board

_LEAST = 2
_SINGLE = 3
_HUMAN = re.compile(r"\bhumans?\b", re.IGNORECASE)


def flagged(board: Board) -> list[Suspicion]:
    """Return the cells that the board's own file flags; many of one row and reason as one."""
    by_reason: dict[tuple[int, str], list[int]] = {}
    for (i, j), why in sorted(board.suspect.items()):
        by_reason.setdefault((i, why), []).append(j)
    found = []
    for (i, why), columns in by_reason.items():
        if len(columns) > _SINGLE:
            found.append(about_row(board, "flagged", i, f"{len(columns)} cells: {why}"))
        else:
            found += [about_cell(board, "flagged", i, j, why) for j in columns]
    return found


def same_scores(board: Board) -> list[Suspicion]:
    """Return every row that repeats an earlier one cell by cell, gaps included.

    Rows with fewer than two scores are not compared. On a small board of round numbers two
    systems may truly tie everywhere; the number of cells says how likely that is.
    """
    first: dict[bytes, int] = {}
    found = []
    for i, row in enumerate(board.values):
        cells = int((~np.isnan(row)).sum())
        if cells < _LEAST:
            continue
        bits = np.where(np.isnan(row), np.nan, row + 0.0).tobytes()  # −0.0 is 0.0, one NaN
        if bits not in first:
            first[bits] = i
            continue
        twin = first[bits]
        who = board.models[twin]
        if board.submitted_by[twin]:
            who = f"{who} ({board.submitted_by[twin]})"
        text = f"all {cells} scores equal those of row {twin + 1}, {who}"
        found.append(about_row(board, "same scores", i, text, weight=float(cells)))
    return found


def human_names(board: Board) -> list[Suspicion]:
    """Return rows whose name says human and whose flag does not, or the reverse.

    Only whole words count: `Anshuman Singh` is no human baseline. The flag itself is the
    source's own mark and is never changed here.
    """
    found = []
    for i, model in enumerate(board.models):
        named = _HUMAN.search(model) or _HUMAN.search(board.submitted_by[i])
        if named and not board.is_human[i]:
            text = f"{named.group(0)!r} in its name or submitter, but no human flag in the source"
            found.append(about_row(board, "human by name", i, text))
        elif board.is_human[i] and not named:
            text = "flagged human in the source, though neither name nor submitter says so"
            found.append(about_row(board, "human by name", i, text))
    return found
