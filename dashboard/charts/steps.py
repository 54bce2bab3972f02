"""Draw scores along training runs, against log step, with their jumps."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from dashboard.charts.drawing import SERIES, layered
from dashboard.charts.lines import SHAPES
from dashboard.language import t

MOST_RUNS = 6
"""Most lines with a label each; more would not be distinguishable."""

_HEIGHT = 380
_PLOT = 320  # without the axis
_FOR_LABELS = 0.3  # share of the width that is left to the names of the runs
_LINE = 18  # height of a label's line in pixels


def step_lines(points: pd.DataFrame, jumps: pd.DataFrame, *, y: str) -> alt.LayerChart:
    """Draw one line for each training run, labelled at its end, with its jumps as bands.

    The axis is linear up to the smallest step and logarithmic from there on, so that it has a
    step 0.

    Args:
        points: `run, label, step, score`, at most `MOST_RUNS` runs, steps ascending.
        jumps: `run, label, low, high, before, after, size, p`; may be empty.
        y: Title of the axis of scores, with the unit.
    """
    names = list(dict.fromkeys(points.label))
    above = points.step[points.step > 0]
    first, constant, last = float(points.step.min()), float(above.min()), float(points.step.max())
    scale = alt.Scale(
        type="symlog", constant=constant, domain=[first, _end(first, constant, last)], nice=False
    )
    ticks = _ticks(first, constant, last)
    x = alt.X(
        "step:Q",
        title=t("training step (log scale)"),
        scale=scale,
        axis=alt.Axis(values=ticks, labelExpr=_TICK, labelOverlap=True),
    )
    value = alt.Y("score:Q", title=y, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    colour = alt.Color(
        "label:N",
        scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])),
        legend=None,
    )
    base = alt.Chart(points).encode(
        x=x,
        y=value,
        color=colour,
        tooltip=[
            alt.Tooltip("run:N", title=t("Run")),
            alt.Tooltip("step:Q", title=t("Step"), format=",d"),
            alt.Tooltip("score:Q", title=t("Score"), format=".4~g"),
        ],
    )
    layers: list[alt.Chart | alt.LayerChart] = []
    if len(jumps):
        layers += _bands(jumps, scale, colour)
    layers += [
        base.mark_line(strokeWidth=2),
        base.mark_point(size=45, filled=True, opacity=1).encode(
            shape=alt.Shape(
                "label:N",
                scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
                legend=None,
            )
        ),
        *_labels(points, x, value, colour),
    ]
    return layered(*layers, height=_HEIGHT)


_TICK = "datum.value < 1000 ? format(datum.value, 'd') : format(datum.value, '~s')"


def _end(first: float, constant: float, last: float) -> float:
    """Return where an axis ends that leaves `_FOR_LABELS` of its width behind the last step."""
    low, high = math.log1p(first / constant), math.log1p(last / constant)
    return constant * math.expm1(low + (high - low) / (1 - _FOR_LABELS))


def _ticks(first: float, smallest: float, last: float) -> list[float]:
    """Return 0 where there is one, and the powers of ten between the steps."""
    low, high = math.floor(math.log10(smallest)), math.floor(math.log10(last))
    powers = [10.0**k for k in range(low, high + 1) if smallest <= 10.0**k <= last]
    ticks = [*([0.0] if first == 0 else []), *powers]
    return ticks if len(ticks) > 1 else [smallest, last]


def _bands(jumps: pd.DataFrame, scale: alt.Scale, colour: alt.Color) -> list[alt.Chart]:
    """Return a band where each jump may lie, and a dashed line at its right end."""
    at = alt.Chart(jumps).encode(
        x=alt.X("low:Q", scale=scale),
        color=colour,
        tooltip=[
            alt.Tooltip("run:N", title=t("Run")),
            alt.Tooltip("before:Q", title=t("Jumps after step"), format=",d"),
            alt.Tooltip("after:Q", title=t("before step"), format=",d"),
            alt.Tooltip("size:Q", title=t("By"), format="+.3~g"),
            alt.Tooltip("p:Q", title="p", format=".2~g"),
        ],
    )
    return [
        at.mark_rect(opacity=0.18).encode(x2=alt.X2("high:Q")),
        at.mark_rule(strokeDash=[5, 4], strokeWidth=1.5).encode(x=alt.X("after:Q", scale=scale)),
    ]


def _labels(points: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """Return the name of each run beside its last point, moved up where two would overlap."""
    ends = points.groupby("label", sort=False).last().reset_index().sort_values("score")
    span = float(points.score.max() - points.score.min()) or 1.0
    layers, floor = [], -math.inf
    for row in ends.to_dict("records"):
        place = float(row["score"]) / span * _PLOT
        shown = max(place, floor)
        floor = shown + _LINE
        label = alt.Chart(pd.DataFrame([row])).mark_text(
            align="left",
            dx=10,
            dy=place - shown,
            fontSize=12,
            fontWeight=600,
            limit=alt.ExprRef(f"width * {_FOR_LABELS} - 12"),
        )
        layers.append(label.encode(x=x, y=y, text=alt.Text("label:N"), color=colour))
    return layers
