"""Draw means with their intervals along an axis of sizes, one line per series."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.drawing import SERIES, STEADY, from_left, ink, layered
from dashboard.language import t

SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down")
"""Shapes of the marks, so that no line is identified by its colour alone."""

AT_MOST = 24
"""Most lines to draw; more would not be distinguishable."""

_CROWDED = 12  # points on a line


def lines(
    points: pd.DataFrame,
    *,
    x: str,
    y: str,
    base: int | None = 2,
    log_y: bool = False,
    levels: Sequence[tuple[str, float]] = (),
    rule: pd.DataFrame | None = None,
    format_y: str = ".4~g",
    format_x: str = ",d",
) -> alt.LayerChart:
    """Draw `value` with its interval against `size`, one line for each `series`.

    Args:
        points: `series, size, value, low, high`; an interval may miss.
        x: Title of the axis of sizes, with the unit.
        y: Title of the axis of values, with the unit.
        base: Base of the logarithm of the axis of sizes; None for a linear axis.
        log_y: Whether values are on a logarithmic axis.
        levels: Baselines, as names with values that do not depend on the size.
        rule: `size, value, what`: a line to compare with.
        format_y: Number format of a value.
        format_x: Number format of a size.
    """
    shown = points.assign(**{c: points[c].astype(float) for c in ("size", "value", "low", "high")})
    if log_y:
        shown = shown[shown.value > 0]
    names = list(dict.fromkeys(shown.series))
    sizes = sorted(set(shown["size"]))
    scale_x = (
        alt.Scale(zero=False, padding=12)
        if base is None
        else alt.Scale(type="log", base=base, padding=12, nice=False)
    )
    axis_x = alt.Axis(
        format=format_x, labelOverlap=True, values=sizes if len(sizes) < 12 else alt.Undefined
    )
    scale_y = alt.Scale(type="log") if log_y else alt.Scale(zero=False)
    axis_y = alt.Axis(tickCount=6, format="~e" if log_y else alt.Undefined)
    colours = [SERIES[i % len(SERIES)] for i in range(len(names))]
    forms = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    longest = max(map(len, names), default=0)
    # Two columns of long names are wider than a phone, where the legend would be cut off.
    columns = 1 if longest > 20 else 2
    legend = alt.Legend(
        orient="bottom", columns=columns, symbolOpacity=1, labelLimit=280, title=None
    )
    series = alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), legend=legend)
    basis = alt.Chart(shown).encode(
        x=alt.X("size:Q", title=x, scale=scale_x, axis=axis_x),
        y=alt.Y("value:Q", title=y, scale=scale_y, axis=axis_y),
        color=series,
        detail=alt.Detail("series:N"),
        tooltip=[
            alt.Tooltip("series:N", title=t("What")),
            alt.Tooltip("size:Q", title=x),
            alt.Tooltip("value:Q", title=y, format=format_y),
            alt.Tooltip("low:Q", title=t("95% from"), format=format_y),
            alt.Tooltip("high:Q", title=t("to"), format=format_y),
        ],
    )
    layers: list[alt.Chart | alt.LayerChart] = []
    if rule is not None and len(rule):
        layers.append(_compared(rule))
    layers += [_level(name, value) for name, value in levels]
    spans = shown.low.notna() & shown.high.notna() & ((shown.low > 0) | (not log_y))
    if spans.any():
        layers.append(
            alt.Chart(shown[spans])
            .mark_rule(strokeWidth=3, opacity=0.45)
            .encode(
                x=basis.encoding.x,
                y=alt.Y("low:Q", title=y, scale=scale_y, axis=axis_y),
                y2=alt.Y2("high:Q"),
                color=series,
            )
        )
    crowded = len(shown) > _CROWDED * max(len(names), 1)
    layers += [
        basis.mark_line(strokeWidth=2),
        basis.mark_point(size=25 if crowded else 80, filled=True, opacity=1).encode(
            shape=alt.Shape("series:N", scale=alt.Scale(domain=names, range=forms), legend=legend)
        ),
    ]
    return layered(*layers, height=380 + 24 * math.ceil(len(names) / columns))


def _compared(rule: pd.DataFrame) -> alt.Chart:
    line: alt.Chart = (
        alt.Chart(rule)
        .mark_line(strokeDash=[6, 4], strokeWidth=2, color=STEADY)
        .encode(
            x=alt.X("size:Q"),
            y=alt.Y("value:Q"),
            tooltip=[alt.Tooltip("what:N", title=t("Line")), alt.Tooltip("value:Q", format=".3~g")],
        )
    )
    return line


def _level(name: str, value: float) -> alt.LayerChart:
    at = alt.Chart(pd.DataFrame({"value": [float(value)], "what": [name]}))
    line = at.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=STEADY).encode(
        y=alt.Y("value:Q"), tooltip=[alt.Tooltip("what:N", title=t("Line")), alt.Tooltip("value:Q")]
    )
    label = at.mark_text(align="left", dx=4, dy=-7, color=ink(), fontSize=12).encode(
        y=alt.Y("value:Q"), x=from_left(0), text=alt.Text("what:N")
    )
    return alt.LayerChart(layer=[line, label])


_POOLINGS = alt.Legend(orient="bottom", columns=3, symbolOpacity=1)


def curve(points: pd.DataFrame, known: pd.DataFrame | None = None) -> alt.LayerChart:
    """Draw Spearman ×100 against k, by pooling; whitened curves are dashed.

    Args:
        points: `k, spearman, pooling, whitening, run_id`, Spearman in −1…1.
        known: `k, spearman, ci_low, ci_high, pooling` of the scores with an interval.
    """
    shown = points.assign(
        score=points.spearman * 100,
        vectors=[
            t("raw") if w == "none" else t("whitened ({kind})", kind=w) for w in points.whitening
        ],
    )
    poolings, vectors = sorted(set(shown.pooling)), sorted(set(shown.vectors))
    widest = int(shown.k.max())
    base = alt.Chart(shown).encode(
        x=alt.X(
            "k:Q",
            title=t("kept dimensions k (log scale)"),
            scale=alt.Scale(type="log", base=2, domain=[1, widest], nice=False),
            axis=alt.Axis(values=[2**i for i in range(widest.bit_length())], format="d"),
        ),
        y=alt.Y("score:Q", title=t("Spearman ×100"), scale=alt.Scale(zero=False)),
        color=alt.Color(
            "pooling:N",
            title=None,
            scale=alt.Scale(domain=poolings, range=[SERIES[i % 8] for i in range(len(poolings))]),
            legend=_POOLINGS,
        ),
        detail=alt.Detail("run_id:N"),
        tooltip=[
            alt.Tooltip("pooling:N", title=t("Pooling")),
            alt.Tooltip("vectors:N", title=t("Vectors")),
            alt.Tooltip("k:Q", title="k"),
            alt.Tooltip("score:Q", title=t("Spearman ×100"), format=".2f"),
        ],
    )
    dashes = alt.StrokeDash(
        "vectors:N",
        title=None,
        scale=alt.Scale(
            domain=vectors,
            range=[
                [1, 0] if v == t("raw") else [6, 3] if i % 2 else [2, 3]
                for i, v in enumerate(vectors)
            ],
        ),
        legend=alt.Legend(
            orient="top",
            symbolType="stroke",
            symbolStrokeColor=STEADY,
            symbolStrokeWidth=2.5,
            symbolSize=500,
            symbolOpacity=1,
        )
        if len(vectors) > 1
        else None,
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dashes)
    # A line is hard to hit: these invisible circles catch the pointer.
    layers = [lines, base.mark_circle(size=60, opacity=0)]
    layers += _intervals(base, known, set(shown.k), poolings)
    return layered(*layers, height=420)


def _intervals(
    base: alt.Chart, known: pd.DataFrame | None, drawn: set[int], poolings: list[str]
) -> list[alt.Chart]:
    """Return the bars and marks of the scores that have an interval."""
    if known is None:
        return []
    sure = known[known.ci_low.notna() & known.ci_high.notna() & (known.k <= max(drawn))]
    if sure.empty:
        return []
    sure = sure.assign(score=sure.spearman * 100, low=sure.ci_low * 100, high=sure.ci_high * 100)[
        ["k", "score", "low", "high", "pooling", "whitening"]
    ]
    tooltip = [
        alt.Tooltip("pooling:N", title=t("Pooling")),
        alt.Tooltip("whitening:N", title=t("Whitening")),
        alt.Tooltip("k:Q", title="k"),
        alt.Tooltip("score:Q", title=t("Spearman ×100"), format=".2f"),
        alt.Tooltip("low:Q", title=t("95% from"), format=".2f"),
        alt.Tooltip("high:Q", title=t("to"), format=".2f"),
    ]
    at = alt.Chart(sure).encode(x=base.encoding.x, color=base.encoding.color, tooltip=tooltip)
    title, scale = t("Spearman ×100"), alt.Scale(zero=False)
    return [
        at.mark_rule(strokeWidth=4, opacity=0.4).encode(
            y=alt.Y("low:Q", title=title, scale=scale), y2=alt.Y2("high:Q")
        ),
        at.mark_point(size=90, filled=True, opacity=1).encode(
            y=alt.Y("score:Q", title=title, scale=scale),
            shape=alt.Shape(
                "pooling:N",
                title=None,
                scale=alt.Scale(
                    domain=poolings, range=[SHAPES[i % len(SHAPES)] for i in range(len(poolings))]
                ),
                legend=_POOLINGS,
            ),
        ),
    ]
