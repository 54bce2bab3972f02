"""Show the tab "Snapshots": the rows of one board over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.models import matching
from dashboard.leaderboards.view import Choice, View
from dashboard.queries import boards as queries
from dashboard.reading import read
from evaluators.averaging import Board, ComparedRow, Ranking, rank
from evaluators.errors import TreatmentError

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
            corrected = _corrected(previous, board)
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


def _corrected(previous: Board, current: Board) -> int:
    """Count the cells that are in both snapshots with different numbers."""
    previous_rows = {name: i for i, name in enumerate(submissions(previous))}
    previous_columns = {column.name: j for j, column in enumerate(previous.columns)}
    rows = [(i, previous_rows[n]) for i, n in enumerate(submissions(current)) if n in previous_rows]
    columns = [
        (j, previous_columns[c.name])
        for j, c in enumerate(current.columns)
        if c.name in previous_columns
    ]
    if not rows or not columns:
        return 0
    current_values = current.values[np.ix_([i for i, _ in rows], [j for j, _ in columns])]
    previous_values = previous.values[np.ix_([i for _, i in rows], [j for _, j in columns])]
    return int(
        (
            ~(
                (current_values == previous_values)
                | (np.isnan(current_values) & np.isnan(previous_values))
            )
        ).sum()
    )


MOST = 12
"""How many of the newest snapshots to show."""


def _same_columns(board: Board, chosen: Board) -> Board:
    """Return a snapshot without the tasks that were left out of the chosen one."""
    names = {column.name for column in chosen.columns}
    kept = [j for j, column in enumerate(board.columns) if column.name in names]
    return board.take(columns=kept) if kept else board


def _matching(
    boards: Mapping[str, Board], board_ids: Mapping[str, str], where: str
) -> dict[str, Board]:
    """Return the snapshots with the models that match; those without any are left out, and said."""
    found = {}
    for name, board in boards.items():
        try:
            found[name] = matching(board, board_ids[name], where).board
        except TreatmentError as error:
            safe_html.note("info", error)
    return found


def snapshots(view: View, choice: Choice, listed: pd.DataFrame, where: str) -> None:
    """Show the newest snapshots side by side under the chosen treatment and mean.

    Args:
        view: Board, treatment and mean.
        choice: The rows that are drawn.
        listed: The snapshots of all boards.
        where: Condition on models; empty for all of them.
    """
    st.header("Snapshots over time")
    of_board = listed[listed.board == view.board.name].sort_values("snapshot")
    if len(of_board) < 2:
        safe_html.note("info", f"The store has one snapshot of this board: {view.board.snapshot}.")
        return
    names = [str(name) for name in of_board.snapshot][-MOST:]
    if len(of_board) > MOST:
        safe_html.note("info", f"Only the newest {MOST} of {len(of_board)} snapshots are shown.")
    boards = {
        name: _same_columns(read(queries.board, view.board.name, name), view.board)
        for name in names
    }
    if where:
        boards = _matching(
            boards, dict(zip(of_board.snapshot, of_board.board_id, strict=True)), where
        )
        names = list(boards)
    rankings = {name: rank(board, view.treatment, view.p) for name, board in boards.items()}
    identities = submissions(view.board)
    selected = {identities[i] for i in choice.positions}
    newest = names[-1]
    selected |= {
        submissions(boards[newest])[row.position]
        for row in rankings[newest].ranked
        if row.rank is not None and row.rank <= choice.top
    }
    marked = {identities[i] for i in choice.marked}
    rows = over_time(boards, rankings, selected)
    marked_rows = {
        row.position
        for row in rows
        if any(name[:2] == (row.model, row.submitted_by) for name in marked)
    }
    if rows:
        caption = (
            f"Ranks under the {view.ranking.mean} mean, oldest snapshot on the left: the selected"
            f" rows, the top {choice.top} of the newest snapshot, and humans. A line ends where"
            " later snapshots lack the row."
        )
        safe_html.show(safe_html.tag("p", caption, css="rc-question"))
        points = bump_points(rows, names, marked_rows)
        shown(
            bump(points, names, ink()),
            paper=lambda: bump(points, names),
            alternative="Ranks of the drawn rows over the snapshots",
            said=f"{view.board.title or view.board.name}, treatment {view.treatment.name},"
            f" {view.ranking.mean} mean, {names[0]} to {newest}",
            name=f"{view.file_name}-snapshots",
        )
    _table(boards, rankings)


def _table(boards: dict[str, Board], rankings: dict[str, Ranking]) -> None:
    all_steps = steps(boards, rankings)
    firsts = [step.ranking.ranked[0] if step.ranking.ranked else None for step in all_steps]
    humans = [step.ranking.human for step in all_steps]
    st.dataframe(
        pd.DataFrame(
            {
                "snapshot": [step.snapshot for step in all_steps],
                "ranked": [f"{len(s.ranking.ranked)} of {len(s.ranking.rows)}" for s in all_steps],
                "first": ["no ranked row" if row is None else row.model for row in firsts],
                "score": [None if row is None else row.score for row in firsts],
                "human": [_place(row) for row in humans],
                "human score": [None if row is None else row.score for row in humans],
                "new": [step.new for step in all_steps],
                "gone": [step.gone for step in all_steps],
                "corrected": [step.corrected for step in all_steps],
            }
        )[::-1],
        hide_index=True,
        column_config={
            "score": st.column_config.NumberColumn("its score", format="%.2f"),
            "human": "human rank",
            "human score": st.column_config.NumberColumn("human score", format="%.2f"),
            "new": "new rows",
            "gone": "rows gone",
            "corrected": "cells corrected",
        },
        alt="Snapshots, newest first",
    )
    st.caption(
        "New rows, rows gone and cells corrected are relative to the snapshot before."
        f" {formatting.counted(len(all_steps), 'snapshot')}."
    )


def _place(row: object) -> str:
    if row is None:
        return "no human row"
    place = getattr(row, "rank", None)
    return "not ranked" if place is None else str(place)
