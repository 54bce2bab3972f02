"""Draw ranks from mean to mean at their true places, with the names at the ends of the lines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import HUMAN, STEADY, ink, layered
from dashboard.language import t

_LINE = 30


def slope(points: pd.DataFrame) -> alt.LayerChart:
    """Draw lines of ranks; tied rows share one place and one line of names.

    Args:
        points: `mean, x, rank, model, is_human, position`, one for each row and mean.
    """
    points = points.assign(mean=points["mean"].map(t))
    means = list(dict.fromkeys(points["mean"]))
    last = points[points.x == points.x.max()]
    names = (
        last.sort_values(["rank", "is_human"], ascending=[True, False])
        .groupby("rank", as_index=False)
        .agg(x=("x", "first"), names=("model", _together), is_human=("is_human", "any"))
    )
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[-0.1, (len(means) - 1) * 1.9], nice=False),
        axis=alt.Axis(
            orient="top",
            values=list(range(len(means))),
            labelExpr=f"{means!r}[datum.value]",
            title=None,
            grid=False,
            domain=False,
            ticks=False,
            labelFontSize=13,
            labelFlush=False,
        ),
    )
    y = alt.Y("rank:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, padding=14))
    colour = alt.ColorValue(
        **alt.condition(alt.datum.is_human, alt.value(HUMAN), alt.value(STEADY))
    )
    base = alt.Chart(points).encode(
        x=x,
        y=y,
        detail=alt.Detail("position:N"),
        color=colour,
        tooltip=[
            alt.Tooltip("model:N", title=t("Model")),
            alt.Tooltip("mean:N", title=t("Mean")),
            alt.Tooltip("rank:Q", title=t("Rank")),
        ],
    )
    lines = base.mark_line().encode(
        strokeWidth=alt.StrokeWidthValue(
            **alt.condition(alt.datum.is_human, alt.value(4), alt.value(1.5))
        )
    )
    dots = base.mark_circle(size=380, opacity=1)
    ranks = base.mark_text(fontSize=11, fontWeight="bold").encode(
        text=alt.Text("rank:Q"), color=alt.ColorValue("#10181D")
    )
    ends = (
        alt.Chart(names)
        .mark_text(align="left", dx=16, fontSize=12, limit=alt.expr("width * 0.42"))
        .encode(
            x=x,
            y=y,
            text=alt.Text("names:N"),
            color=alt.ColorValue(ink()),
            tooltip=[alt.Tooltip("names:N", title=t("Models"))],
        )
    )
    deepest = int(points["rank"].max())
    return layered(lines, dots, ranks, ends, height=_LINE * min(deepest, 14) + 50)


def _together(models: pd.Series) -> str:
    return " = ".join(map(str, models))
