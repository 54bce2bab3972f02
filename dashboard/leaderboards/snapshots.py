"""The board over time: who was first when, and how the rows drawn moved."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.leaderboards.history import over_time, steps, submissions
from dashboard.leaderboards.pictures import shown
from dashboard.leaderboards.view import Choice, View
from dashboard.queries import boards as queries
from dashboard.reading import read
from evaluators.averaging import Board, rank

MOST = 12
"""How many snapshots are shown: the newest."""


def snapshots(view: View, choice: Choice, listed: pd.DataFrame) -> None:
    """Show the newest snapshots side by side under the chosen treatment and mean."""
    st.header("Snapshots over time")
    of_board = listed[listed.board == view.board.name].sort_values("snapshot")
    if len(of_board) < 2:
        inert.note("info", f"The store has one snapshot of this board: {view.board.snapshot}.")
        return
    names = [str(name) for name in of_board.snapshot][-MOST:]
    if len(of_board) > MOST:
        inert.note("info", f"The newest {MOST} of {len(of_board)} snapshots.")
    boards: dict[str, Board] = {name: read(queries.board, view.board.name, name) for name in names}
    rankings = {name: rank(board, view.treatment, view.p) for name, board in boards.items()}
    own = submissions(view.board)
    wanted = {own[i] for i in choice.positions}
    newest = names[-1]
    wanted |= {
        submissions(boards[newest])[row.position]
        for row in rankings[newest].ranked
        if row.rank is not None and row.rank <= choice.top
    }
    marked = {own[i] for i in choice.marked}
    rows = over_time(boards, rankings, wanted)
    found = {
        row.position
        for row in rows
        if any(name[:2] == (row.model, row.submitted_by) for name in marked)
    }
    if rows:
        said = (
            f"Ranks under the {view.ranking.mean} mean, oldest snapshot left: the rows drawn, the"
            f" first {choice.top} of the newest snapshot, and humans. A row that no later snapshot"
            " has ends early."
        )
        inert.show(inert.tag("p", said, css="rc-question"))
        points = bump_points(rows, names, found)
        shown(
            bump(points, names, ink()),
            paper=lambda: bump(points, names),
            alternative="Ranks of the drawn rows over the snapshots",
            said=f"{view.board.title or view.board.name}, treatment {view.treatment.name},"
            f" {view.ranking.mean} mean, {names[0]} to {newest}",
            name=f"{view.file_name}-snapshots",
        )
    _table(boards, rankings)


def _table(boards: dict[str, Board], rankings: dict) -> None:
    every = steps(boards, rankings)
    firsts = [step.ranking.ranked[0] if step.ranking.ranked else None for step in every]
    humans = [step.ranking.human for step in every]
    st.dataframe(
        pd.DataFrame(
            {
                "snapshot": [step.snapshot for step in every],
                "ranked": [f"{len(s.ranking.ranked)} of {len(s.ranking.rows)}" for s in every],
                "first": ["nobody" if row is None else row.model for row in firsts],
                "score": [None if row is None else row.score for row in firsts],
                "human": [_place(row) for row in humans],
                "human score": [None if row is None else row.score for row in humans],
                "new": [step.new for step in every],
                "gone": [step.gone for step in every],
                "corrected": [step.corrected for step in every],
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
        f"Changes count against the snapshot before. {words.counted(len(every), 'snapshot')}."
    )


def _place(row: object) -> str:
    if row is None:
        return "no human row"
    place = getattr(row, "rank", None)
    return "not ranked" if place is None else str(place)
