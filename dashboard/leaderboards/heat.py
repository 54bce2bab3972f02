"""Show the tab "Heat map": how far each model is from the best in each type or task."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import links, safe_html
from dashboard.charts.drawing import ink
from dashboard.charts.gaps import cut_names, gap_cells, gap_map
from dashboard.folded import in_address
from dashboard.language import mark, nt, t
from dashboard.leaderboards.board_sql import columns_of, heat_sql
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.entries import entries_of
from dashboard.leaderboards.view import Choice, View

_TYPES, _ALL = mark("Types of tasks"), mark("All tasks")
_MOST = 40
"""Most columns that are drawn at once."""


def heat(view: View, choice: Choice) -> None:
    """Draw models × types, or models × tasks of a type, by the distance from the best."""
    st.header(t("How far from the best?"))
    own = entries_of(view)
    ranked = [row.position for row in view.ranking.ranked]
    rows = [i for i in ranked if i in set(choice.positions)]
    if not rows:
        safe_html.note("info", t("None of the selected rows is ranked under this mean."))
        return
    kinds = own.type_means()
    offers = [*([_TYPES] if kinds else []), _ALL, *kinds]
    links.expect("heat", offers, t("the part of the heat map"))
    if st.session_state.get("heat") not in (None, *offers):  # chosen on another board
        del st.session_state["heat"]
    which = st.selectbox(t("Columns"), offers, **in_address("heat", offers, offers[0], _shown))
    if which == _TYPES:
        names, values = list(kinds), np.column_stack(list(kinds.values()))
    else:
        places = [g for g, kind in enumerate(own.types) if which in (_ALL, kind)]
        names, values = [own.names[g] for g in places], own.values[:, places]
    best = np.nanmax(values[ranked], axis=0)
    if len(names) > _MOST:
        # Those in which the drawn rows differ most.
        spread = np.nan_to_num(np.nanstd(values[rows], axis=0))
        order = np.sort(np.argsort(-spread, kind="stable")[:_MOST])
        names, values, best = [names[g] for g in order], values[:, order], best[order]
        safe_html.note(
            "info", t("Drawn are the {most} tasks in which these models differ most.", most=_MOST)
        )
    safe_html.show(
        safe_html.tag(
            "p",
            nt(
                "The number is the score; the darker a cell, the further it is from the best of all"
                " {count:,} ranked model in that column, whose score is in the tooltip.",
                "The number is the score; the darker a cell, the further it is from the best of all"
                " {count:,} ranked models in that column, whose score is in the tooltip.",
                len(ranked),
            ),
            css="rc-question",
        )
    )
    columns = columns_of(view, own.names if which == _TYPES else names)
    cells = gap_cells(names, [view.labels[i] for i in rows], values[rows], best)
    shown(
        gap_map(cells, ink()),
        paper=lambda: gap_map(cells),
        alternative=t("Heat map of scores by their distance from the best of each column"),
        said=view.said,
        name=f"{view.file_name}-heat-map",
        sql=heat_sql(view, columns, rows, types=which == _TYPES),
    )
    safe_html.names_in_full(cut_names(cells))


def _shown(offer: str) -> str:
    return t(offer) if offer in (_TYPES, _ALL) else offer
