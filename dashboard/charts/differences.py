"""Draw differences between two rows, or published and recomputed averages."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import FOUND, HUMAN, STEADY, layered
from dashboard.language import t


def lead(points: pd.DataFrame, turns: list[float], name: str) -> alt.LayerChart:
    """Draw the lead of one row over another under every exponent.

    Args:
        points: `p, lead`, the difference of the two means in the board's unit.
        turns: The exponents where they change places.
        name: Whose lead it is.
    """
    high, low = float(points.p.max()), float(points.p.min())
    x = alt.X(
        "p:Q",
        title=t("exponent p of the power mean"),
        scale=alt.Scale(domain=[high, low], nice=False),
    )
    sides = points.assign(ahead=points["lead"].clip(lower=0), behind=points["lead"].clip(upper=0))
    base = alt.Chart(sides).encode(x=x)
    title = t("lead in points")
    areas = [
        base.mark_area(color=colour, opacity=0.25).encode(y=alt.Y(f"{side}:Q", title=title))
        for side, colour in (("ahead", FOUND), ("behind", HUMAN))
    ]
    line = base.mark_line(color=STEADY, strokeWidth=2.5).encode(
        y=alt.Y("lead:Q", title=title),
        tooltip=[
            alt.Tooltip("p:Q", title="p", format=".2f"),
            alt.Tooltip("lead:Q", title=name[:60], format="+.3f"),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=STEADY).encode(y=alt.Y("y:Q"))
    marks = pd.DataFrame({"p": turns, "y": [0.0] * len(turns)})
    dots = (
        alt.Chart(marks)
        .mark_point(size=90, filled=True, color=HUMAN, opacity=1)
        .encode(
            x=x,
            y=alt.Y("y:Q"),
            tooltip=[alt.Tooltip("p:Q", title=t("they tie at p"), format=".4f")],
        )
    )
    return layered(*areas, zero, line, *([dots] if turns else []), height=260)


def published(rows: pd.DataFrame, tolerance: float) -> alt.LayerChart:
    """Draw recomputed minus published averages against the published ones.

    Args:
        rows: `model, published, recomputed, difference, agrees`.
        tolerance: How far apart the two may lie.
    """
    shown = rows.assign(said=[t("agrees") if ok else t("differs") for ok in rows.agrees])
    colours = {t("agrees"): FOUND, t("differs"): HUMAN}
    kinds = [kind for kind in colours if (shown.said == kind).any()]
    band = (
        alt.Chart(pd.DataFrame({"low": [-tolerance], "high": [tolerance]}))
        .mark_rect(color=STEADY, opacity=0.18)
        .encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    )
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=STEADY).encode(y=alt.Y("y:Q"))
    dots = (
        alt.Chart(shown)
        .mark_circle(size=70, opacity=0.85)
        .encode(
            x=alt.X(
                "published:Q",
                title=t("published average"),
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=6),
            ),
            y=alt.Y("difference:Q", title=t("recomputed \N{MINUS SIGN} published")),
            color=alt.Color(
                "said:N",
                title=None,
                scale=alt.Scale(domain=kinds, range=[colours[k] for k in kinds]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("model:N", title=t("Model")),
                alt.Tooltip("published:Q", title=t("Published"), format=".2f"),
                alt.Tooltip("recomputed:Q", title=t("Recomputed"), format=".2f"),
                alt.Tooltip("difference:Q", title=t("Difference"), format="+.3f"),
            ],
        )
    )
    return layered(band, zero, dots, height=280)
