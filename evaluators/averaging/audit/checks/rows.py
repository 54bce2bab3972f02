"""Checks of whole rows: flags, repeated scores, and names that contradict the human flag."""

from __future__ import annotations

import re

import numpy as np

from evaluators.averaging.audit.suspicion import Suspicion, about_cell, about_row
from evaluators.averaging.board import Board

_LEAST = 2
_SINGLE = 3
_HUMAN = re.compile(r"\bhumans?\b", re.IGNORECASE)
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def flagged(board: Board) -> list[Suspicion]:
    """Return the cells that the board's own file flags; many of one row are one finding."""
    by_reason: dict[tuple[int, str], list[int]] = {}
    for (i, j), reason in sorted(board.suspect.items()):
        by_reason.setdefault((i, reason), []).append(j)
    suspicions = []
    for (i, reason), columns in by_reason.items():
        if len(columns) > _SINGLE:
            suspicions.append(about_row(board, "flagged", i, f"{len(columns)} cells: {reason}"))
        else:
            suspicions += [about_cell(board, "flagged", i, j, reason) for j in columns]
    return suspicions


def same_scores(board: Board) -> list[Suspicion]:
    """Return every row that repeats an earlier one cell by cell, gaps included.

    Rows with fewer than two scores are not compared. On a small board of round numbers two
    systems may really tie everywhere; the number of cells tells how likely that is.
    """
    first: dict[bytes, int] = {}
    suspicions = []
    for i, row in enumerate(board.values):
        cells = int((~np.isnan(row)).sum())
        if cells < _LEAST:
            continue
        bits = np.where(np.isnan(row), np.nan, row + 0.0).tobytes()  # −0.0 is 0.0, one NaN
        if bits not in first:
            first[bits] = i
            continue
        earlier = first[bits]
        model = board.models[earlier]
        if board.submitted_by[earlier]:
            model = f"{model} ({board.submitted_by[earlier]})"
        text = f"all {cells} scores equal those of row {earlier + 1}, {model}"
        suspicions.append(about_row(board, "same scores", i, text, weight=float(cells)))
    return suspicions


def human_names(board: Board) -> list[Suspicion]:
    """Return rows whose name says human and whose flag does not, or the reverse.

    Only whole words count: `Anshuman Singh` is not a human baseline. Nor is a repository such as
    `org/7B-human-data`. The flag comes from the source and is never changed here.
    """
    suspicions = []
    for i, model in enumerate(board.models):
        name = "" if _REPOSITORY.fullmatch(model) else model
        match = _HUMAN.search(name) or _HUMAN.search(board.submitted_by[i])
        if match and not board.is_human[i]:
            text = f"{match.group(0)!r} in its name or submitter, but no human flag in the source"
            suspicions.append(about_row(board, "human by name", i, text))
        elif board.is_human[i] and not match:
            text = "flagged human in the source, though neither name nor submitter says so"
            suspicions.append(about_row(board, "human by name", i, text))
    return suspicions
