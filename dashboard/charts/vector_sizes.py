"""Draw a score against the bytes of a vector, in small panels that can be compared."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import FOUND, HUMAN, UP, ink, layered
from dashboard.charts.forest import Mark
from dashboard.language import t

PRECISIONS = {
    "float32": Mark(FOUND, "circle"),
    "int8": Mark(UP, "square"),
    "binary": Mark(HUMAN, "diamond"),
}
"""How the kinds of numbers are drawn; each line has its name at its end, so no legend is needed."""

_HEIGHT = 260


def size_panel(
    points: pd.DataFrame, title: str, sizes: tuple[float, float], scores: tuple[float, float]
) -> alt.LayerChart:
    """Draw one checkpoint's Spearman ×100 against the bytes of its vectors.

    Args:
        points: `precision, k, bytes, value, low, high`.
        title: The checkpoint's name.
        sizes: The ends of the axis of bytes.
        scores: The ends of the axis of scores.
    """
    shown = points.assign(
        low=points.low.fillna(points.value), high=points.high.fillna(points.value)
    )
    kinds = [kind for kind in PRECISIONS if (shown.precision == kind).any()]
    first, last = (int(size).bit_length() - 1 for size in sizes)
    ticks = [2**i for i in range(first, last + 1, 1 + (last - first) // 7)]
    x = alt.X(
        "bytes:Q",
        title=t("bytes of a vector"),
        scale=alt.Scale(type="log", base=2, domain=[sizes[0] / 1.3, sizes[1] * 1.5], nice=False),
        axis=alt.Axis(values=ticks, format=",d", labelOverlap=True),
    )
    scale = alt.Scale(domain=list(scores), zero=False, nice=False)
    axis, head = alt.Axis(tickCount=5), t("Spearman ×100")
    y = alt.Y("value:Q", title=head, scale=scale, axis=axis)
    colour = alt.Color(
        "precision:N",
        legend=None,
        scale=alt.Scale(domain=kinds, range=[PRECISIONS[kind].colour for kind in kinds]),
    )
    base = alt.Chart(shown).encode(
        x=x,
        color=colour,
        tooltip=[
            alt.Tooltip("precision:N", title=t("Numbers")),
            alt.Tooltip("k:Q", title=t("Dimensions")),
            alt.Tooltip("bytes:Q", title=t("Bytes")),
            alt.Tooltip("value:Q", title=t("Spearman ×100"), format=".2f"),
            alt.Tooltip("low:Q", title=t("95% from"), format=".2f"),
            alt.Tooltip("high:Q", title=t("to"), format=".2f"),
        ],
    )
    bars = base.mark_rule(strokeWidth=3, opacity=0.4).encode(
        y=alt.Y("low:Q", title=head, scale=scale, axis=axis), y2=alt.Y2("high:Q")
    )
    lines = base.mark_line(strokeWidth=2).encode(y=y, order=alt.Order("bytes:Q"))
    marks = base.mark_point(size=60, filled=True, opacity=1).encode(
        y=y,
        shape=alt.Shape(
            "precision:N",
            legend=None,
            scale=alt.Scale(domain=kinds, range=[PRECISIONS[kind].shape for kind in kinds]),
        ),
    )
    ends = shown.loc[shown.groupby("precision").bytes.idxmax()]
    names = (
        alt.Chart(ends)
        .mark_text(align="center", baseline="bottom", dy=-5, fontSize=12)
        .encode(
            x=x,
            y=alt.Y("high:Q", title=head, scale=scale, axis=axis),
            text=alt.Text("precision:N"),
            color=alt.ColorValue(ink()),
        )
    )
    panel: alt.LayerChart = layered(bars, lines, marks, names, height=_HEIGHT).properties(
        title=alt.Title(title, anchor="start", limit=280, fontSize=13)
    )
    return panel


def score_ranges(points: pd.DataFrame, group: str) -> dict[str, tuple[float, float]]:
    """Return the ends of each panel's axis of scores, all equally far apart.

    So a fall of five points is as steep in every panel.

    Args:
        points: `low, high`, and the column of groups.
        group: The column that names the panel.
    """
    lows, highs = points.groupby(group).low.min(), points.groupby(group).high.max()
    span = max(float((highs - lows).max()), 1.0)
    return {
        str(name): (middle - 0.58 * span, middle + 0.7 * span)
        for name, middle in ((lows + highs) / 2).items()
    }
