"""Show the tab "Means": how ranks move between the means."""

from __future__ import annotations

import streamlit as st

from dashboard import safe_html
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.language import t
from dashboard.leaderboards.board_sql import means_sql
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import mean_words, short
from dashboard.leaderboards.view import Choice, View


def means(view: View, choice: Choice) -> None:
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
        sql=means_sql(view, choice.positions),
    )
