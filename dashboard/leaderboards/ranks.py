"""Show the table of a board, and offer its rows by name, as files, as SQL and to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import links, tables
from dashboard.as_sql import open_board_sql
from dashboard.folded import several_in_address
from dashboard.language import mark, nt, option_labels, t
from dashboard.leaderboards import downloads, task_choice
from dashboard.leaderboards.board_sql import board_sql
from dashboard.leaderboards.board_table import (
    FIT,
    board_config,
    board_frame,
    column_choices,
    columns_at_first,
    shown_rows,
)
from dashboard.leaderboards.computed import UNKNOWN, Spread
from dashboard.leaderboards.rank_words import Spans, fact_words
from dashboard.leaderboards.tiers import NONE_YET, Groups, why_none
from dashboard.leaderboards.tints import bar_colour, out_of_turn, tinted
from dashboard.leaderboards.view import Choice, View
from dashboard.one_model.door import door
from dashboard.opened import by_name
from dashboard.sheet import download, safe_name
from evaluators.averaging import Board, RankRow

_ROW, _MOST_ROWS = 32, 15  # pixels; rows seen without scrolling
FIRST = {
    10: mark("top 10"),
    25: mark("top 25"),
    100: mark("top 100"),
    0: mark("all rows"),
}
"""How many rows the tables for a paper have; the file of numbers has all."""

COMPARED = (2, 3)
"""How many models can be compared at once."""


def choose_columns(board: Board) -> list[str]:
    """Offer a choice of the columns of the table, and return their groups."""
    able = column_choices(board)
    labels = {name.replace("_", " "): name for name in able}
    links.expect("columns", (*able, *labels), t("the column"))
    if "columns" in st.session_state:  # chosen on another board
        st.session_state["columns"] = [c for c in st.session_state["columns"] if c in able]
    chosen = st.multiselect(
        t("Columns"),
        able,
        **several_in_address("columns", able, fact_words, labels),
        placeholder=t(
            "As usual: {columns}",
            columns=t(", ").join(fact_words(name) for name in columns_at_first(board)),
        ),
    )
    return chosen or columns_at_first(board)


def draft(view: View, choice: Choice, wanted: list[str]) -> None:
    """Show the rows while their intervals and tiers are computed, with room for both."""
    rows = shown_rows(view, choice)
    if not rows:
        return
    frame = board_frame(view, rows, UNKNOWN, NONE_YET, wanted, "")
    tables.table(
        frame,  # without tints, which take as long as all the rest
        hide_index=True,
        height=_height(rows),
        row_height=_ROW,
        column_config=board_config(view, frame, NONE_YET),
        placeholder="…",
        alt=t("Models by rank; intervals and tiers follow"),
    )


def _height(rows: Sequence[object]) -> int:
    return _ROW * (min(len(rows), _MOST_ROWS) + 1) + 8


def table(
    view: View, choice: Choice, sure: Spread | None, groups: Groups | None, wanted: list[str]
) -> None:
    """Show the rows with the columns that are wanted; ticked rows can be compared."""
    rows = shown_rows(view, choice)
    if not rows:
        return
    theme = str(st.context.theme.type)
    frame = board_frame(view, rows, sure, groups, wanted, bar_colour(theme))
    state = tables.table(
        tinted(view, frame, rows, theme),
        hide_index=True,
        height=_height(rows),
        row_height=_ROW,
        column_config=board_config(view, frame, groups),
        placeholder="–",
        # Ticks are numbers of lines: with other lines they would be ticks of other models.
        key=f"rows-{view.board_id}-{hash(tuple(row.position for row in rows))}",
        on_select="rerun",
        selection_mode="multi-row",
        alt=t("Models by rank. A click on a head sorts; ticked rows can be compared."),
    )
    if len(frame.columns) > FIT:
        st.caption(
            t("Rank and model stay in place while the table scrolls sideways: hence their grey.")
        )
    if groups is not None and groups.lacking is not None and "tier" in frame:
        st.caption(why_none(groups))
    late = int(out_of_turn(frame["tier"]).sum()) if "tier" in frame else 0
    if late:
        st.caption(
            nt(
                "{count} row belongs to an earlier tier than rows above, in blue and outside the"
                " bands: its tasks vary more, so that it cannot be told apart from the first row"
                " of its tier.",
                "{count} rows belong to an earlier tier than rows above, in blue and outside the"
                " bands: their tasks vary more, so that they cannot be told apart from the first"
                " row of their tier.",
                late,
            )
        )
    ticked = [rows[i].position for i in state["selection"]["rows"] if i < len(rows)]
    take_away(view, rows, sure, ticked)


def take_away(view: View, rows: Sequence[RankRow], sure: Spread | None, ticked: list[int]) -> None:
    """Offer the rows by name, a comparison of the ticked ones, and the table as files."""
    spans: Spans = sure.ranks if sure is not None and sure.tasks > 1 else {}
    name = safe_name(view.file_name)

    def open_model(place: int) -> None:
        st.session_state["open-model"] = view.board.models[rows[place].position]

    by_name([view.labels[row.position] for row in rows], f"models-{view.board_id}", open_model)
    with st.container(horizontal=True, vertical_alignment="center"):
        if COMPARED[0] <= len(ticked) <= COMPARED[1]:
            st.page_link(
                "screens/compare.py",
                label=t("Compare the ticked models"),
                icon=":material/difference:",
                query_params=[
                    ("what", "models"),
                    ("board", view.board.name),
                    ("snapshot", view.board.snapshot),
                    ("p", f"{view.p:g}"),
                    *(("model", view.labels[i]) for i in ticked),
                    *task_choice.in_link(),
                ],
            )
        elif len(ticked) == 1:
            door(view.board.models[ticked[0]])
        else:
            st.caption(
                t("Tick a row to open its model, two or three to compare them (key: Shift+Space).")
            )
        open_board_sql(board_sql(view))
        download(downloads.rank_frame(view, spans), view.file_name, "CSV")
        first = st.selectbox(
            t("Rows of the files"),
            list(FIRST),
            format_func=option_labels(FIRST, lambda count: t(FIRST[count])),
            key="file-rows",
            label_visibility="collapsed",
            width=120,
        )
        for label, ending, mime, write in (
            ("LaTeX", "tex", "application/x-tex", downloads.latex),
            ("Markdown", "md", "text/markdown", downloads.markdown),
        ):
            st.download_button(
                label,
                partial(write, view, spans, first),  # called on a click
                f"{name}.{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"{ending}-{name}",
            )
