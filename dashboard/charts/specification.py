"""Draw a specification curve: every difference with its interval, the smallest first."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import STEADY, layered
from dashboard.language import t
from dashboard.signs import MARKS

_CROWDED = 80


def specification(points: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw differences in order, with a line at zero.

    Args:
        points: `place, label, value, low, high, kind` in the order of `place`, 1 for the first;
            an interval may miss; `kind` is one of `dashboard.signs`.
        title: Title of the axis of differences, with the unit.
    """
    shown = points.assign(**{name: points[name].astype(float) for name in ("value", "low", "high")})
    kinds = [kind for kind in MARKS if (shown.kind == kind).any()]
    shown["kind"] = shown.kind.map(t)
    x = alt.X(
        "place:Q",
        title=t("settings and arms, by difference"),
        scale=alt.Scale(domain=[0.5, len(shown) + 0.5], nice=False),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=6, grid=False),
    )
    scale = alt.Scale(zero=True, padding=8)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(
            domain=[t(kind) for kind in kinds], range=[MARKS[kind].colour for kind in kinds]
        ),
        # One column: these names are as wide as a phone.
        legend=alt.Legend(orient="bottom", columns=1, symbolOpacity=1, labelLimit=300),
    )
    base = alt.Chart(shown).encode(
        x=x,
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("place:Q", title=t("Number"), format="d"),
            alt.Tooltip("label:N", title=t("What")),
            alt.Tooltip("value:Q", title=t("Difference"), format="+.4~g"),
            alt.Tooltip("low:Q", title=t("95% from"), format="+.4~g"),
            alt.Tooltip("high:Q", title=t("to"), format="+.4~g"),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(
        strokeDash=[6, 4], strokeWidth=2, color=STEADY
    )
    layers: list[alt.Chart | alt.LayerChart] = [zero.encode(y=alt.Y("value:Q", scale=scale))]
    spans = shown.low.notna() & shown.high.notna()
    crowded = len(shown) > _CROWDED
    if spans.any():
        layers.append(
            alt.Chart(shown[spans])
            .mark_rule(strokeWidth=1 if crowded else 3, opacity=0.55)
            .encode(
                x=x, y=alt.Y("low:Q", title=title, scale=scale), y2=alt.Y2("high:Q"), color=colour
            )
        )
    layers.append(
        base.mark_point(size=25 if crowded else 80, filled=True, opacity=1).encode(
            shape=alt.Shape(
                "kind:N",
                title=None,
                scale=alt.Scale(
                    domain=[t(kind) for kind in kinds], range=[MARKS[kind].shape for kind in kinds]
                ),
            )
        )
    )
    return layered(*layers, height=420 + 24 * len(kinds))
