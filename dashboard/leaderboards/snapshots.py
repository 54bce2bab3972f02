"""Show the tab "Snapshots": the rows of one board over time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.as_sql import open_board_sql
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.claims.reasons import translated
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.leaderboards.board_sql import snapshots_sql
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.models import matching
from dashboard.leaderboards.over_time import corrections, leaders, over_time, steps, submissions
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.view import Choice, View
from dashboard.queries import boards as queries
from dashboard.reading import read
from dashboard.tables import table
from evaluators.averaging import Board, Ranking, RankRow, rank
from evaluators.errors import TreatmentError

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
            safe_html.note("info", translated(str(error)))
    return found


def snapshots(view: View, choice: Choice, listed: pd.DataFrame, where: str) -> None:
    """Show the newest snapshots side by side under the chosen treatment and mean.

    Args:
        view: Board, treatment and mean.
        choice: The rows that are drawn.
        listed: The snapshots of all boards.
        where: Condition on models; empty for all of them.
    """
    st.header(t("Snapshots over time"))
    of_board = listed[listed.board == view.board.name].sort_values("snapshot")
    if len(of_board) < 2:
        safe_html.note(
            "info",
            t(
                "The store has one snapshot of this board: {snapshot}.",
                snapshot=view.board.snapshot,
            ),
        )
        return
    names = [str(name) for name in of_board.snapshot][-MOST:]
    if len(of_board) > MOST:
        safe_html.note(
            "info",
            t(
                "Only the newest {most} of {count} snapshots are shown.",
                most=MOST,
                count=len(of_board),
            ),
        )
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
    newest = names[-1]
    selected = leaders(boards, rankings) | {identities[i] for i in choice.marked}
    marked = {identities[i] for i in choice.marked}
    rows = over_time(boards, rankings, selected)
    marked_rows = {
        row.position
        for row in rows
        if any(name[:2] == (row.model, row.submitted_by) for name in marked)
    }
    if rows:
        caption = t(
            "Ranks under the {mean}, oldest snapshot on the left: the leaders of"
            " every snapshot, humans, pinned rows and search hits. A line starts where a row"
            " is new and ends where later snapshots lack it.",
            mean=mean_words(view.ranking.mean),
        )
        safe_html.show(safe_html.tag("p", caption, css="rc-question"))
        points = bump_points(rows, names, marked_rows, view.times)
        shown(
            bump(points, names, ink()),
            paper=lambda: bump(points, names),
            alternative=t("Ranks of the drawn rows over the snapshots"),
            said=f"{view.board.title or view.board.name}, treatment {view.treatment.name},"
            f" {view.ranking.mean} mean, {names[0]} to {newest}",
            name=f"{view.file_name}-snapshots",
        )
    _table(view, boards, rankings)
    open_board_sql(snapshots_sql(view, MOST))
    _changes(boards)


def _changes(boards: Mapping[str, Board]) -> None:
    """List the rows that went and the cells that were corrected between two snapshots."""
    steps_shown = list(itertools.pairwise(boards.items()))
    if not steps_shown:
        return

    def show() -> None:
        gone, corrected = [], []
        for (_, previous), (snapshot, current) in steps_shown:
            kept = set(submissions(current))
            gone += [
                {"in": snapshot, "row": model, "submitted by": submitter}
                for model, submitter, number in submissions(previous)
                if (model, submitter, number) not in kept
            ]
            corrected += [{"in": snapshot, **change} for change in corrections(previous, current)]
        for title, rows in ((t("Rows gone"), gone), (t("Cells corrected"), corrected)):
            if rows:
                st.subheader(title)
                table(pd.DataFrame(rows[:_LISTED]), hide_index=True, height=280, alt=title)
                if len(rows) > _LISTED:
                    st.caption(
                        t("The first {listed:,} of {rows:,}.", listed=_LISTED, rows=len(rows))
                    )
        if not gone and not corrected:
            st.caption(t("No row is gone and no cell is corrected."))

    folded(t("Rows gone and cells corrected, one by one"), show, key="snapshot-changes")


_LISTED = 2_000


def _table(view: View, boards: dict[str, Board], rankings: dict[str, Ranking]) -> None:
    all_steps = steps(boards, rankings)
    firsts = [step.ranking.ranked[0] if step.ranking.ranked else None for step in all_steps]
    humans = [step.ranking.human for step in all_steps]
    table(
        pd.DataFrame(
            {
                "snapshot": [step.snapshot for step in all_steps],
                "ranked": [
                    t(
                        "{agree:,} of {compared:,}",
                        agree=len(s.ranking.ranked),
                        compared=len(s.ranking.rows),
                    )
                    for s in all_steps
                ],
                "first": [t("no ranked row") if row is None else row.model for row in firsts],
                "score": [_score(view, row) for row in firsts],
                "human": [_place(row) for row in humans],
                "human score": [_score(view, row) for row in humans],
                "new": [step.new for step in all_steps],
                "gone": [step.gone for step in all_steps],
                "corrected": [step.corrected for step in all_steps],
            }
        )[::-1],
        hide_index=True,
        column_config={
            "score": t("its score"),
            "human": t("human rank"),
            "new": t("new rows"),
            "gone": t("rows gone"),
            "corrected": t("cells corrected"),
        },
        alt=t("Snapshots, newest first"),
    )
    st.caption(
        nt(
            "New rows, rows gone and cells corrected are relative to the snapshot before. {count:,}"
            " snapshot.",
            "New rows, rows gone and cells corrected are relative to the snapshot before. {count:,}"
            " snapshots.",
            len(all_steps),
        )
    )


def _score(view: View, row: RankRow | None) -> str:
    return "–" if row is None else view.score(row.score)


def _place(row: object) -> str:
    if row is None:
        return t("no human row")
    place = getattr(row, "rank", None)
    return t("not ranked") if place is None else str(place)
