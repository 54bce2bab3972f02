"""Draw the examples of a task: difficulty against discrimination, and where information is."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import FOUND, REFUTED, STEADY, layered
from dashboard.language import mark, t

WINDOW = 5.0
"""Difficulties are drawn from minus this to this; beyond, no model has such an ability."""

_KINDS = {
    mark("broken"): (REFUTED, "cross"),
    mark("selected"): (FOUND, "square"),
    mark("other"): (STEADY, "circle"),
}


def scatter(items: pd.DataFrame) -> alt.LayerChart:
    """Draw the discrimination of every example against its difficulty.

    Args:
        items: `id, gold, right, difficulty, discrimination, kind`, the kind one of broken, selected
            and other; right is the mean share of right answers.
    """
    kinds = [kind for kind in _KINDS if (items.kind == kind).any()]
    legend = alt.Legend(orient="bottom", symbolOpacity=1, title=None)
    items = items.assign(kind=items.kind.map(t))
    basis = alt.Chart(items).encode(
        x=alt.X(
            "difficulty:Q",
            title=t("difficulty (ability at which half of the answers are right)"),
            scale=alt.Scale(domain=[-WINDOW, WINDOW], nice=False),
        ),
        y=alt.Y("discrimination:Q", title=t("discrimination")),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(
                domain=[t(kind) for kind in kinds], range=[_KINDS[kind][0] for kind in kinds]
            ),
            legend=legend,
        ),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(
                domain=[t(kind) for kind in kinds], range=[_KINDS[kind][1] for kind in kinds]
            ),
            legend=legend,
        ),
        tooltip=[
            alt.Tooltip("id:N", title=t("Example")),
            alt.Tooltip("gold:N", title=t("Gold answer")),
            alt.Tooltip("right:Q", title=t("Share of right answers"), format=".0%"),
            alt.Tooltip("difficulty:Q", title=t("Difficulty"), format="+.2f"),
            alt.Tooltip("discrimination:Q", title=t("Discrimination"), format="+.2f"),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=STEADY).encode(y=alt.Y("y:Q"))
    # The few broken examples lie on top.
    marks = [
        basis.transform_filter(alt.datum.kind == t(kind)).mark_point(
            filled=True, size=90 if kind == "broken" else 25, opacity=1 if kind == "broken" else 0.5
        )
        for kind in reversed(kinds)
    ]
    return layered(zero, *marks, height=360)


def information(points: pd.DataFrame, selected: int) -> alt.LayerChart:
    """Draw the share of all information in so many of the most informative examples.

    Args:
        points: `examples, share`.
        selected: Number of selected examples, marked by a line.
    """
    line = (
        alt.Chart(points)
        .mark_line(color=FOUND, strokeWidth=2.5)
        .encode(
            x=alt.X("examples:Q", title=t("most informative examples"), axis=alt.Axis(format=",d")),
            y=alt.Y("share:Q", title=t("share of all information"), axis=alt.Axis(format=".0%")),
            tooltip=[
                alt.Tooltip("examples:Q", title=t("Examples"), format=",d"),
                alt.Tooltip("share:Q", title=t("Share of information"), format=".1%"),
            ],
        )
    )
    rule = (
        alt.Chart(pd.DataFrame({"examples": [selected]}))
        .mark_rule(color=STEADY, strokeDash=[6, 4])
        .encode(x=alt.X("examples:Q"))
    )
    return layered(rule, line, height=260)
