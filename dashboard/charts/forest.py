"""Draw numbers with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd

from dashboard.charts.drawing import BESIDE, GROUND, INK, SERIES, STEADY, from_left, layered, theme
from dashboard.formatting import one_line
from dashboard.language import t


def intervals(scores: pd.DataFrame) -> alt.LayerChart:
    """Draw Spearman ×100 with its 95% interval for each pooling, raw and whitened.

    Args:
        scores: `pooling, whitening, k, spearman, ci_low, ci_high`, Spearman in −1…1.
    """
    scores_shown = pd.DataFrame(
        {
            "what": scores.pooling + " · " + scores.whitening.replace({"none": t("raw")}),
            "vectors": [t("raw") if w == "none" else t("whitened") for w in scores.whitening],
            "k": scores.k,
            "score": scores.spearman * 100,
            "low": scores.ci_low * 100,
            "high": scores.ci_high * 100,
        }
    )
    # A list, not "-x": the two layers have different x, and Vega then sorts by neither.
    best_first = list(scores_shown.sort_values("score", ascending=False).what)
    base = alt.Chart(scores_shown).encode(
        y=alt.Y(
            "what:N", title=None, sort=best_first, axis=alt.Axis(labelLimit=170, labelFlush=False)
        ),
        color=alt.Color(
            "vectors:N",
            title=None,
            scale=alt.Scale(domain=[t("raw"), t("whitened")], range=[SERIES[0], SERIES[1]]),
            legend=alt.Legend(orient="bottom", symbolOpacity=1),
        ),
        tooltip=[
            alt.Tooltip("what:N", title=t("Pooling")),
            alt.Tooltip("k:Q", title="k"),
            alt.Tooltip("score:Q", title=t("Spearman ×100"), format=".2f"),
            alt.Tooltip("low:Q", title=t("from"), format=".2f"),
            alt.Tooltip("high:Q", title=t("to"), format=".2f"),
        ],
    )
    axis = alt.Axis(tickCount=6)
    title, scale = t("Spearman ×100, 95% interval"), alt.Scale(zero=False)
    bars = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2=alt.X2("high:Q")
    )
    dots = base.mark_circle(size=110, opacity=1).encode(
        x=alt.X("score:Q", title=title, scale=scale, axis=axis)
    )
    return layered(bars, dots, height=30 * scores_shown.what.nunique() + 80)


MOST = 60
"""Most lines to draw; the table below has the rest."""

_STEP = 40
_LONG = 90


class Mark(NamedTuple):
    """The style of one kind of line: kinds never differ by colour only."""

    colour: str
    shape: str


class Bound(NamedTuple):
    """A number that a rule holds others against."""

    value: float
    label: str


def forest(
    points: pd.DataFrame,
    title: str,
    marks: Mapping[str, Mark],
    *,
    against: float | None = None,
    against_label: str = "",
    bounds: Sequence[Bound] = (),
    log: bool = False,
    shade: str | None = None,
) -> alt.LayerChart:
    """Draw each number on its interval, with its name above to fit a phone.

    Args:
        points: `label, value, low, high, kind`, in the order to be drawn; an interval may miss.
            With a column `threshold`, each number has its own, drawn as a tick on its line.
        title: Title of the axis, with the unit.
        marks: Style of each kind, in the order of the legend.
        against: A number to compare with, drawn as a line from top to bottom.
        against_label: Label of that number.
        bounds: More such numbers, each with its label.
        log: Whether the axis is logarithmic; numbers of 0 or less are then left out.
        shade: Light or dark; that of the page where None.
    """
    shade = shade or theme()
    shown = points.assign(
        label=[one_line(label, _LONG) for label in points.label],
        whole=points.label,
        **{name: points[name].astype(float) for name in ("value", "low", "high")},
    ).reset_index(drop=True)
    shown = shown[shown.value > 0 if log else shown.value.notna()]
    shown["y"] = range(len(shown))
    there = [kind for kind in marks if (shown.kind == kind).any()]
    shown["kind"] = shown.kind.map(t)
    kinds = [t(kind) for kind in there]
    scale = alt.Scale(type="log") if log else alt.Scale(zero=False, padding=14)
    axis = alt.Axis(tickCount=5, orient="top", labelOverlap=True)
    x = alt.X("value:Q", title=title, scale=scale, axis=axis)
    base = alt.Chart(shown).encode(
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.9, len(shown) - 0.6], reverse=True)),
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[marks[kind].colour for kind in there]),
            legend=None
            if len(kinds) < 2
            else alt.Legend(orient="bottom", columns=2, symbolOpacity=1, labelLimit=300),
        ),
        tooltip=[
            alt.Tooltip("whole:N", title=t("What")),
            alt.Tooltip("kind:N", title=t("Is")),
            alt.Tooltip("value:Q", title=t("Number"), format=".4~g"),
            alt.Tooltip("low:Q", title=t("95% from"), format=".4~g"),
            alt.Tooltip("high:Q", title=t("to"), format=".4~g"),
        ],
    )
    spans = shown.low.notna() & shown.high.notna() & ((shown.low > 0) | (not log))
    bars = [
        alt.Chart(shown[spans])
        .mark_rule(strokeWidth=3, opacity=0.55)
        .encode(
            x=alt.X("low:Q", title=title, scale=scale, axis=axis),
            x2=alt.X2("high:Q"),
            y=base.encoding.y,
            color=base.encoding.color,
            tooltip=base.encoding.tooltip,
        )
    ]
    dots = base.mark_point(size=110, filled=True, opacity=1).encode(
        x=x,
        shape=alt.Shape(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[marks[kind].shape for kind in there]),
        ),
    )
    written = base.mark_text(align="left", dy=-16, fontSize=12, limit=alt.expr("width"))
    names = written.encode(
        x=from_left(2), text=alt.Text("label:N"), color=alt.ColorValue(INK[shade])
    )
    # Lines behind a name are covered, or they would run through its letters.
    cover = (
        alt.Chart(shown)
        .mark_text(
            align="left",
            dy=-16,
            fontSize=12,
            limit=alt.expr("width"),
            stroke=GROUND[shade],
            strokeWidth=6,
        )
        .encode(y=base.encoding.y, x=from_left(2), text=alt.Text("label:N"))
    )
    # A layer without a row would make Vega warn of an axis without ends.
    layers = [*(bars if spans.any() else []), dots, cover, names]
    if "threshold" in shown and shown.threshold.notna().any():
        own = shown[shown.threshold.notna() & ((shown.threshold > 0) | (not log))]
        layers.append(
            alt.Chart(own)
            .mark_tick(thickness=3, size=18, color=STEADY, orient="vertical")
            .encode(
                x=alt.X("threshold:Q", title=title, scale=scale, axis=axis),
                y=base.encoding.y,
                tooltip=[alt.Tooltip("threshold:Q", title=t("Its threshold"), format=".4~g")],
            )
        )
    lines = [*bounds, *([Bound(against, against_label)] if against is not None else [])]
    lines = [bound for bound in lines if bound.value > 0 or not log]
    if lines:
        line = alt.Chart(
            pd.DataFrame({"value": [b.value for b in lines], "what": [b.label for b in lines]})
        )
        layers.insert(
            0,
            line.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=STEADY).encode(
                x=x, tooltip=[alt.Tooltip("what:N", title=t("Line")), alt.Tooltip("value:Q")]
            ),
        )
    height = _STEP * max(len(shown), 1) + 130 + 22 * (len(kinds) // 2)
    return layered(*layers, height=height).properties(padding=BESIDE)
