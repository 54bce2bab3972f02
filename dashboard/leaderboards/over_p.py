"""Show ranks over all exponents, and exact ranges for one row."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.bump import bump_points
from dashboard.charts.drawing import ink
from dashboard.charts.exponents import TICKS, exponent_points, exponents
from dashboard.claims.reasons import translated
from dashboard.language import t
from dashboard.leaderboards.board_sql import exponents_sql
from dashboard.leaderboards.computed import over_exponents, stands
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.view import Choice, View
from dashboard.tables import table
from evaluators.averaging.exponent_sets import ExponentRange, ExponentSet
from evaluators.errors import TreatmentError


def over_p(view: View, choice: Choice) -> None:
    """Draw the ranks over p, and list the rank of one row by exponent."""
    if not choice.drawn:
        safe_html.note("info", t("No row is ranked under any of these means."))
        return
    st.header(t("Ranks by exponent"))
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "From left to right p falls and a row's weakest tasks get more weight. The"
                " height is the rank, on a logarithmic axis; the line under the pointer stays"
                " alone."
            ),
            css="rc-question",
        )
    )
    curves = over_exponents(view.board_id, view.treatment, view.board)
    kinds = bump_points(list(choice.drawn), view.means, choice.marked, view.times)
    points = exponent_points(
        curves.p,
        curves.ranks,
        curves.scores,
        choice.positions,
        view.labels,
        dict(zip(kinds.position, kinds.kind, strict=True)),
        view.times,
    )
    shown(
        exponents(points, view.p, ink()),
        paper=lambda: exponents(points, view.p),
        alternative=t("Ranks of the drawn rows over the exponent of the power mean"),
        said=view.said,
        name=f"{view.file_name}-over-p",
        sql=exponents_sql(view, TICKS, choice.positions),
    )


def standing_of(view: View, row: int) -> None:
    """Show the rank of a row under every exponent."""
    try:
        standing = stands(view.board_id, view.treatment, row, view.board)
    except TreatmentError as error:
        safe_html.note("warning", translated(str(error)))
        return
    name = safe_html.name(view.labels[row])
    if standing.first:
        where = in_words(standing.first)
        said = safe_html.sentence("{model} is first for p in {where}.", model=name, where=where)
        safe_html.note("good", said)
    else:
        safe_html.note(
            "info", safe_html.sentence("{model} is not first under any exponent.", model=name)
        )
    table(
        pd.DataFrame(
            {
                "rank": [step.rank for step in standing.steps],
                "p from": [step.exponents.low for step in standing.steps],
                "p to": [step.exponents.high for step in standing.steps],
                "exponents": [in_words(step.exponents) for step in standing.steps],
            }
        )[::-1],
        hide_index=True,
        height=320 if len(standing.steps) > 8 else "auto",
        column_order=["rank", "exponents"],
        alt=t("Ranks by exponent"),
    )


def in_words(exponents: ExponentSet | ExponentRange) -> str:
    """Format exponents for display: ∞, and a real minus sign."""
    return str(exponents).replace("inf", "∞").replace("-", "\N{MINUS SIGN}")
