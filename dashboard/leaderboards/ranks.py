"""Show the table of a board with its downloads, and what lies behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import links, safe_html, tables
from dashboard.as_sql import open_board_sql
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.folded import folded, several_in_address
from dashboard.language import mark, nt, option_labels, t
from dashboard.leaderboards import downloads, task_choice
from dashboard.leaderboards.board_sql import board_sql, means_sql
from dashboard.leaderboards.board_table import (
    bar_colour,
    board_config,
    board_frame,
    column_choices,
    columns_at_first,
    out_of_turn,
    shown_rows,
    tinted,
)
from dashboard.leaderboards.computed import UNKNOWN, Spread, draws
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import Spans, fact_words, mean_words, short
from dashboard.leaderboards.tiers import NONE_YET, Groups, why_none
from dashboard.leaderboards.view import Choice, View
from dashboard.one_model.door import door
from dashboard.opened import by_name
from dashboard.sheet import download, safe_name
from evaluators.averaging import Board, RankRow

_ROW, _MOST_ROWS = 32, 15  # pixels; rows seen without scrolling
FIRST = {
    0: mark("all rows"),
    10: mark("top 10"),
    25: mark("top 25"),
    100: mark("top 100"),
}
"""How many rows the files have."""

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
    if groups is not None and groups.lacking is not None and "tier" in frame:
        st.caption(why_none(groups))
    late = int(out_of_turn(frame["tier"]).sum()) if "tier" in frame else 0
    if late:
        lead = nt("{count} row belongs", "{count} rows belong", late)
        st.caption(
            t(
                "{lead} to an earlier tier than rows above, in blue and outside the bands: its"
                " tasks vary more, so that it cannot be told apart from the first row of its tier.",
                lead=lead,
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
        first = st.selectbox(
            t("Rows of the files"),
            list(FIRST),
            format_func=option_labels(FIRST, lambda count: t(FIRST[count])),
            key="file-rows",
            label_visibility="collapsed",
            width=120,
        )
        open_board_sql(board_sql(view))
        download(downloads.rank_frame(view, spans, first), view.file_name, "CSV")
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


def behind(view: View, sure: Spread | None, source: list[tuple[str, str]]) -> None:
    """List the rows left out, the doubtful cells, and where the numbers are from.

    Args:
        view: Board, treatment and mean.
        sure: Rank intervals; None if nothing is ranked.
        source: The source of the board: labels and values.
    """
    board, left_out = view.board, view.ranking.left_out

    def without_rank() -> None:
        tables.table(
            pd.DataFrame(
                {"model": [r.model for r in left_out], "why": [r.left_out for r in left_out]}
            ),
            hide_index=True,
            alt=t("Rows left out, and why"),
        )

    def doubtful() -> None:
        suspects = sorted(board.suspect.items())
        tables.table(
            pd.DataFrame(
                {
                    "model": [board.models[i] for (i, _), _ in suspects],
                    "column": [board.columns[j].name for (_, j), _ in suspects],
                    "value": [board.values[i, j] for (i, j), _ in suspects],
                    "why": [why for _, why in suspects],
                }
            ),
            hide_index=True,
            alt=t("Doubtful cells"),
        )

    def numbers() -> None:
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        tables.table(
            pd.DataFrame({"model": board.models, **cells}),
            hide_index=True,
            alt=t("Scores as published"),
        )
        safe_html.facts((t(label), value) for label, value in source)

    if left_out:
        folded(
            t("Models that are not ranked: {count}", count=len(left_out)),
            without_rank,
            key="left-out",
        )
    if board.suspect:
        folded(
            t("Cells flagged as doubtful: {count}", count=len(board.suspect)),
            doubtful,
            key="suspect",
        )
    folded(t("Every score as published, and its source"), numbers, key="cells")
    folded(
        t("How this was computed"), lambda: safe_html.listing(how_computed(view, sure)), key="how"
    )


def how_computed(view: View, sure: Spread | None) -> list[str]:
    """Return how ranks, intervals and tiers were computed, in sentences."""
    lines = [t("{sentence}.", sentence=t(line)) for line in view.treatment.describe()]
    if sure is not None and sure.tasks > 1:
        lines.append(
            t(
                "A rank's 95% interval is over {draws:,} resamples of the {tasks} tasks with"
                " replacement (percentile bootstrap, seed 0).",
                draws=draws(len(view.ranking.ranked)),
                tasks=sure.tasks,
            )
        )
    lines.append(
        t(
            "A tier holds the first row that is in none yet, and all that are not told"
            " apart from it. All pairs are compared at once, so that in 95% of such boards"
            " no equally good models are told apart. A row whose tasks vary more can be in an"
            " earlier tier than rows above it."
        )
    )
    return lines


def moves(view: View, choice: Choice) -> None:
    """Draw how ranks move between the means."""
    if not choice.drawn:
        safe_html.note("info", t("No row is ranked under any of these means."))
        return
    title = "  →  ".join(short(mean) for mean in view.means)
    st.header(t("Ranks by mean"))
    caption = t(
        "{title}. The chart shows the top {top} by the {mean}, humans, pinned"
        " rows and search hits. The height is the rank: lines that meet are tied, and a"
        " gap between two heights holds ranks of rows that are not drawn.",
        title=title,
        top=choice.top,
        mean=mean_words(view.ranking.mean),
    )
    safe_html.show(safe_html.tag("p", caption, css="rc-question"))
    names = [t(mean.replace("-", "\N{MINUS SIGN}")) for mean in view.means]
    points = bump_points(list(choice.drawn), view.means, choice.marked, view.times)
    shown(
        bump(points, names, ink()),
        paper=lambda: bump(points, names),
        alternative=t(
            "Bump chart of ranks under {means}", means=t(", ").join(map(mean_words, view.means))
        ),
        said=view.said,
        name=f"{view.file_name}-bump",
    )
    open_board_sql(means_sql(view, choice.positions))
