"""Draw both sides of a comparison, each number with its own interval."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import BESIDE, FOUND, HUMAN, from_left, ink, layered
from dashboard.formatting import one_line
from dashboard.language import t

LEFT, RIGHT = FOUND, HUMAN
_STEP, _LONG = 46, 90


def sides(points: pd.DataFrame, title: str, left: str, right: str) -> alt.LayerChart:
    """Draw both numbers of each row with their intervals, the row's name above them.

    Args:
        points: `label, left, left_low, left_high, right, right_low, right_high`, in order; any
            number may miss.
        title: Title of the axis, with the unit.
        left: Label of the left side.
        right: Label of the right side.
    """
    label = [one_line(name, _LONG) for name in points.label]
    frames = [
        pd.DataFrame(
            {
                "whole": points.label.to_numpy(),
                "side": name,
                "y": [place + shift for place in range(len(points))],
                "value": points[side].astype(float).to_numpy(),
                "low": points[f"{side}_low"].astype(float).to_numpy(),
                "high": points[f"{side}_high"].astype(float).to_numpy(),
            }
        )
        for side, name, shift in (("left", left, -0.06), ("right", right, 0.2))
    ]
    points_of_both = pd.concat(frames, ignore_index=True)
    names = pd.DataFrame(
        {
            "label": label,
            "whole": points.label.to_numpy(),
            "y": [float(i) for i in range(len(points))],
        }
    )
    scale, axis = alt.Scale(zero=False, padding=14), alt.Axis(tickCount=5, orient="top")
    height = alt.Scale(domain=[-0.9, len(points) - 0.4], reverse=True)
    colours = alt.Color(
        "side:N",
        title=None,
        scale=alt.Scale(domain=[left, right], range=[LEFT, RIGHT]),
        legend=alt.Legend(orient="bottom", columns=1, symbolOpacity=1, labelLimit=330),
    )
    shapes = alt.Shape(
        "side:N", title=None, scale=alt.Scale(domain=[left, right], range=["circle", "diamond"])
    )
    tooltip = [
        alt.Tooltip("whole:N", title=t("What")),
        alt.Tooltip("side:N", title=t("Of")),
        alt.Tooltip("value:Q", title=t("Number"), format=".4~g"),
        alt.Tooltip("low:Q", title=t("95% from"), format=".4~g"),
        alt.Tooltip("high:Q", title=t("to"), format=".4~g"),
    ]
    y = alt.Y("y:Q", axis=None, scale=height)
    spans = points_of_both[points_of_both.low.notna() & points_of_both.high.notna()]
    layers = []
    if len(spans):
        layers.append(
            alt.Chart(spans)
            .mark_rule(strokeWidth=3, opacity=0.5)
            .encode(
                x=alt.X("low:Q", title=title, scale=scale, axis=axis),
                x2=alt.X2("high:Q"),
                y=y,
                color=colours,
                tooltip=tooltip,
            )
        )
    layers.append(
        alt.Chart(points_of_both[points_of_both.value.notna()])
        .mark_point(size=100, filled=True, opacity=1)
        .encode(
            x=alt.X("value:Q", title=title, scale=scale, axis=axis),
            y=y,
            color=colours,
            shape=shapes,
            tooltip=tooltip,
        )
    )
    layers.append(
        alt.Chart(names)
        .mark_text(align="left", dy=-18, fontSize=12, limit=alt.expr("width"), color=ink())
        .encode(x=from_left(2), y=y, text=alt.Text("label:N"), tooltip=[tooltip[0]])
    )
    chart = layered(*layers, height=_STEP * max(len(points), 1) + 190)
    return chart.properties(padding=BESIDE)
