"""Follow the rows of a board through its snapshots: who is new, who is gone, what was corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluators.averaging import Board, ComparedRow, Ranking

Submission = tuple[str, str, int]
"""Model, submitter, and a number among duplicates: identifies a row over time."""


@dataclass(frozen=True)
class Step:
    """The changes from one snapshot to the next.

    Attributes:
        snapshot: The later one.
        ranking: Its ranking under the chosen treatment and mean.
        new: Rows that the earlier one lacks.
        gone: Rows of the earlier one that it lacks.
        corrected: Cells in both whose number differs.
    """

    snapshot: str
    ranking: Ranking
    new: int
    gone: int
    corrected: int


def submissions(board: Board) -> list[Submission]:
    """Return the identity of each row over time."""
    counts: Counter[tuple[str, str]] = Counter()
    identities = []
    for name in zip(board.models, board.submitted_by, strict=True):
        counts[name] += 1
        identities.append((*name, counts[name]))
    return identities


def steps(boards: Mapping[str, Board], rankings: Mapping[str, Ranking]) -> list[Step]:
    """Return the changes of each snapshot since the one before, oldest first."""
    result: list[Step] = []
    previous: Board | None = None
    for snapshot, board in boards.items():
        new = gone = corrected = 0
        if previous is not None:
            rows_now, rows_before = submissions(board), submissions(previous)
            new, gone = len(set(rows_now) - set(rows_before)), len(set(rows_before) - set(rows_now))
            corrected = len(corrections(previous, board))
        result.append(Step(snapshot, rankings[snapshot], new, gone, corrected))
        previous = board
    return result


def over_time(
    boards: Mapping[str, Board], rankings: Mapping[str, Ranking], selected: set[Submission]
) -> list[ComparedRow]:
    """Return the rank of selected rows in each snapshot, in the form of a comparison.

    Args:
        boards: Boards by snapshot, oldest first.
        rankings: Rankings by snapshot.
        selected: The rows to return; human rows are added.
    """
    places: dict[Submission, dict[str, tuple[int | None, float | None]]] = {}
    humans: dict[Submission, bool] = {}
    for snapshot, board in boards.items():
        names = submissions(board)
        for row in rankings[snapshot].rows:
            name = names[row.position]
            if name in selected or row.is_human:
                places.setdefault(name, {})[snapshot] = (row.rank, row.score)
                humans[name] = humans.get(name, False) or row.is_human
    nothing = (None, None)
    rows = []
    for position, (name, by_snapshot) in enumerate(places.items()):
        ranks = {snapshot: by_snapshot.get(snapshot, nothing)[0] for snapshot in boards}
        known_ranks = [rank for rank in ranks.values() if rank is not None]
        if not known_ranks:
            continue
        rows.append(
            ComparedRow(
                position=position,
                model=name[0],
                submitted_by=name[1],
                is_human=humans[name],
                scores={snapshot: by_snapshot.get(snapshot, nothing)[1] for snapshot in boards},
                ranks=ranks,
                moves={},
                biggest_move=max(known_ranks) - min(known_ranks),
                left_out={},
            )
        )
    return rows


def corrections(previous: Board, current: Board) -> list[dict[str, str | float | None]]:
    """Return the cells that are in both snapshots with different numbers."""
    previous_rows = {name: i for i, name in enumerate(submissions(previous))}
    previous_columns = {column.name: j for j, column in enumerate(previous.columns)}
    rows = [(i, previous_rows[n]) for i, n in enumerate(submissions(current)) if n in previous_rows]
    columns = [
        (j, previous_columns[c.name])
        for j, c in enumerate(current.columns)
        if c.name in previous_columns
    ]
    if not rows or not columns:
        return []
    now = current.values[np.ix_([i for i, _ in rows], [j for j, _ in columns])]
    before = previous.values[np.ix_([i for _, i in rows], [j for _, j in columns])]
    changed = ~((now == before) | (np.isnan(now) & np.isnan(before)))
    return [
        {
            "row": current.models[rows[i][0]],
            "column": current.columns[columns[j][0]].name,
            "before": None if np.isnan(before[i, j]) else float(before[i, j]),
            "now": None if np.isnan(now[i, j]) else float(now[i, j]),
        }
        for i, j in np.argwhere(changed).tolist()
    ]


_FOLLOWED = 24
"""About how many leaders are followed in all."""


def leaders(boards: Mapping[str, Board], rankings: Mapping[str, Ranking]) -> set[Submission]:
    """Return the first rows of every snapshot, so that nobody who led is missing."""
    each = max(2, _FOLLOWED // max(1, len(boards)))
    return {
        submissions(boards[name])[row.position]
        for name, ranking in rankings.items()
        for row in ranking.ranked[:each]
    }
