"""The ranks themselves: how they move between the means, the table, what is left out and why."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import inert
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.leaderboards import sheets
from dashboard.leaderboards.computed import DRAWS, Spread
from dashboard.leaderboards.left_out import reasons
from dashboard.leaderboards.pictures import shown
from dashboard.leaderboards.view import Choice, View
from dashboard.rank_table import rank_table, short
from dashboard.sheet import download, safe_name


def ranks(view: View, choice: Choice, sure: Spread | None, source: list[tuple[str, str]]) -> None:
    """Show the bump chart, the table and its downloads, and what the table leaves out."""
    moves(view, choice)
    st.header("Ranks")
    spans = sure.ranks if sure is not None and sure.tasks > 1 else {}
    inert.show(
        rank_table(
            view.board,
            view.ranking,
            view.comparison,
            only=choice.found or None,
            marked=choice.marked,
            spans=spans or None,
        )
    )
    if spans and sure is not None:
        inert.show(
            inert.tag(
                "p",
                f"95% interval: where the rank falls in {DRAWS:,} draws of the {sure.tasks} tasks,"
                " with replacement (percentile bootstrap, seed 0).",
                css="rc-words",
            )
        )
    take_away(view, spans)
    reasons(view, source)


def moves(view: View, choice: Choice) -> None:
    """Draw how ranks move between the means."""
    if not choice.drawn:
        inert.note("info", "No row is ranked under any of these means.")
        return
    title = "  →  ".join(short(mean) for mean in view.means)
    st.header("How ranks move")
    said = (
        f"{title}. The first {choice.top} by the {view.ranking.mean} mean, humans, pinned rows and"
        " what a search finds. Each point carries its rank."
    )
    inert.show(inert.tag("p", said, css="rc-question"))
    names = [mean.replace("-", "\N{MINUS SIGN}") for mean in view.means]
    points = bump_points(list(choice.drawn), view.means, choice.marked)
    shown(
        bump(points, names, ink()),
        paper=lambda: bump(points, names),
        alternative=f"Bump chart of ranks under {', '.join(view.means)}",
        said=view.said,
        name=f"{view.file_name}-bump",
    )


def take_away(view: View, spans: dict[int, tuple[int, int]]) -> None:
    """Offer the table for a spreadsheet, a paper, a README."""
    name = safe_name(view.file_name)
    with st.container(horizontal=True):
        download(sheets.rank_frame(view, spans), view.file_name)
        for label, ending, mime, made in (
            ("LaTeX", "tex", "application/x-tex", sheets.latex),
            ("Markdown", "md", "text/markdown", sheets.markdown),
        ):
            st.download_button(
                f"Download {label}",
                partial(made, view, spans),  # written when somebody asks
                f"{name}.{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"{ending}-{name}",
            )
