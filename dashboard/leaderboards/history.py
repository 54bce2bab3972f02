"""The snapshots of one board side by side: the same rows over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluators.averaging import Board, ComparedRow, Ranking

Submission = tuple[str, str, int]
"""Model, submitter, and which of those with both alike: what a row is called over time."""


@dataclass(frozen=True)
class Step:
    """What changed from one snapshot to the next.

    Attributes:
        snapshot: The later one.
        ranking: It, under the chosen treatment and mean.
        new: Rows that it has and the earlier one has not.
        gone: Rows that the earlier one had.
        corrected: Cells of rows in both whose number is another.
    """

    snapshot: str
    ranking: Ranking
    new: int
    gone: int
    corrected: int


def submissions(board: Board) -> list[Submission]:
    """Return what each row is called over time."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for name in zip(board.models, board.submitted_by, strict=True):
        seen[name] += 1
        found.append((*name, seen[name]))
    return found


def steps(boards: Mapping[str, Board], rankings: Mapping[str, Ranking]) -> list[Step]:
    """Return each snapshot with what changed since the one before it, oldest first."""
    found: list[Step] = []
    before: Board | None = None
    for snapshot, board in boards.items():
        new = gone = corrected = 0
        if before is not None:
            now, then = submissions(board), submissions(before)
            new, gone = len(set(now) - set(then)), len(set(then) - set(now))
            corrected = _corrected(before, board)
        found.append(Step(snapshot, rankings[snapshot], new, gone, corrected))
        before = board
    return found


def over_time(
    boards: Mapping[str, Board], rankings: Mapping[str, Ranking], wanted: set[Submission]
) -> list[ComparedRow]:
    """Return the wanted rows with their rank in each snapshot, as if snapshots were means.

    Args:
        boards: By snapshot, oldest first.
        rankings: By snapshot.
        wanted: Which rows.
    """
    places: dict[Submission, dict[str, tuple[int | None, float | None]]] = {}
    humans: dict[Submission, bool] = {}
    for snapshot, board in boards.items():
        names = submissions(board)
        for row in rankings[snapshot].rows:
            name = names[row.position]
            if name in wanted or row.is_human:
                places.setdefault(name, {})[snapshot] = (row.rank, row.score)
                humans[name] = humans.get(name, False) or row.is_human
    nothing = (None, None)
    rows = []
    for position, (name, found) in enumerate(places.items()):
        ranks = {snapshot: found.get(snapshot, nothing)[0] for snapshot in boards}
        known = [rank for rank in ranks.values() if rank is not None]
        if not known:
            continue
        rows.append(
            ComparedRow(
                position=position,
                model=name[0],
                submitted_by=name[1],
                is_human=humans[name],
                scores={snapshot: found.get(snapshot, nothing)[1] for snapshot in boards},
                ranks=ranks,
                moves={},
                biggest_move=max(known) - min(known),
                left_out={},
            )
        )
    return rows


def _corrected(before: Board, now: Board) -> int:
    """Count the cells of rows and columns in both that hold another number."""
    row_then = {name: i for i, name in enumerate(submissions(before))}
    column_then = {column.name: j for j, column in enumerate(before.columns)}
    rows = [(i, row_then[n]) for i, n in enumerate(submissions(now)) if n in row_then]
    columns = [(j, column_then[c.name]) for j, c in enumerate(now.columns) if c.name in column_then]
    if not rows or not columns:
        return 0
    here = now.values[np.ix_([i for i, _ in rows], [j for j, _ in columns])]
    there = before.values[np.ix_([i for _, i in rows], [j for _, j in columns])]
    return int((~((here == there) | (np.isnan(here) & np.isnan(there)))).sum())
