"""Show the tab "Heat map": how far each model is from the best in each type or task."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.charts.drawing import ink
from dashboard.charts.gaps import gap_cells, gap_map
from dashboard.leaderboards.board_table import entries_of
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.view import Choice, View

_MOST = 40
"""Most columns that are drawn at once."""


def heat(view: View, choice: Choice) -> None:
    """Draw models × types, or models × tasks of a type, by the distance from the best."""
    st.header("How far from the best?")
    own = entries_of(view)
    ranked = [row.position for row in view.ranking.ranked]
    rows = [i for i in ranked if i in set(choice.positions)]
    if not rows:
        safe_html.note("info", "None of the selected rows is ranked under this mean.")
        return
    kinds = own.type_means()
    offers = [*(["Types of tasks"] if kinds else []), "All tasks", *kinds]
    links.expect("heat", offers, "the part of the heat map")
    if st.session_state.get("heat") not in (None, *offers):  # chosen on another board
        del st.session_state["heat"]
    which = st.selectbox("Columns", offers, key="heat", bind="query-params")
    if which == "Types of tasks":
        names, values = list(kinds), np.column_stack(list(kinds.values()))
    else:
        places = [g for g, kind in enumerate(own.types) if which in ("All tasks", kind)]
        names, values = [own.names[g] for g in places], own.values[:, places]
    best = np.nanmax(values[ranked], axis=0)
    if len(names) > _MOST:
        # Those in which the drawn rows differ most.
        spread = np.nan_to_num(np.nanstd(values[rows], axis=0))
        order = np.sort(np.argsort(-spread, kind="stable")[:_MOST])
        names, values, best = [names[g] for g in order], values[:, order], best[order]
        safe_html.note("info", f"Drawn are the {_MOST} tasks in which these models differ most.")
    safe_html.show(
        safe_html.tag(
            "p",
            "The number is the score; the darker a cell, the further it is from the best of all"
            f" {formatting.counted(len(ranked), 'ranked model')} in that column, whose score is in"
            " the tooltip.",
            css="rc-question",
        )
    )
    cells = gap_cells(names, [view.labels[i] for i in rows], values[rows], best)
    shown(
        gap_map(cells, ink()),
        paper=lambda: gap_map(cells),
        alternative="Heat map of scores by their distance from the best of each column",
        said=view.said,
        name=f"{view.file_name}-heat-map",
    )
