"""Draw what a checkpoint scores with its best prompt, its worst, and none."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from dashboard.charts.drawing import REFUTED, STEADY, UP, from_left, ink, layered
from dashboard.charts.forest import Mark
from dashboard.language import t

MARKS = {
    "best": Mark(UP, "triangle-up"),
    "between": Mark(STEADY, "circle"),
    "worst": Mark(REFUTED, "triangle-down"),
}
"""How prompts are drawn; each has its name beside it, so no legend is needed."""

_LINE, _GAP = 22, 0.5  # pixels of a line; lines between two checkpoints
_ROOM = 0.75  # of the range of scores, to the right of it, for names


def prompt_spread(points: pd.DataFrame) -> alt.LayerChart:
    """Draw a block of lines for each checkpoint: its name, then a line for each of its prompts.

    Args:
        points: `block, kind, label, value, low, high`, ×100, the rows of a block together; the
            label stands behind its interval, and `block` above the block.
    """
    shown = points.reset_index(drop=True).assign(
        low=points.low.fillna(points.value).to_numpy(),
        high=points.high.fillna(points.value).to_numpy(),
    )
    is_first = (shown.block != shown.block.shift()).astype(int)
    shown["y"] = shown.index + (1 + _GAP) * is_first.cumsum()
    low, high = float(shown.low.min()), float(shown.high.max())
    end = high + _ROOM * max(high - low, 0.1)
    scale = alt.Scale(domain=[low - 0.03 * (end - low), end], zero=False, nice=False)
    # No score is to the right of the last interval, where the names are.
    step = next(step for step in (1, 2, 5, 10, 20, 50) if step * 6 >= high - low or step == 50)
    ticks = list(range(math.ceil(low / step) * step, math.ceil(high / step) * step + 1, step))
    axis = alt.Axis(values=ticks, orient="top", labelOverlap=True)
    title = t("Spearman ×100, 95% interval")
    x = alt.X("value:Q", title=title, scale=scale, axis=axis)
    lines = alt.Scale(domain=[0, float(shown.y.max()) + 0.7], reverse=True, nice=False)
    y = alt.Y("y:Q", axis=None, scale=lines)
    kinds = list(MARKS)
    colour = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(domain=kinds, range=[MARKS[kind].colour for kind in kinds]),
    )
    tooltip = [
        alt.Tooltip("block:N", title=t("Checkpoint")),
        alt.Tooltip("label:N", title=t("Prompt")),
        alt.Tooltip("value:Q", title=t("Spearman ×100"), format=".2f"),
        alt.Tooltip("low:Q", title=t("95% from"), format=".2f"),
        alt.Tooltip("high:Q", title=t("to"), format=".2f"),
    ]
    base = alt.Chart(shown).encode(y=y, tooltip=tooltip)
    bars = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title=title), x2=alt.X2("high:Q"), color=colour
    )
    marks = base.mark_point(size=90, filled=True, opacity=1).encode(
        x=x,
        color=colour,
        shape=alt.Shape(
            "kind:N",
            legend=None,
            scale=alt.Scale(domain=kinds, range=[MARKS[kind].shape for kind in kinds]),
        ),
    )
    room = f"({end} - datum.high) / {end - (low - 0.03 * (end - low))} * width - 12"
    names = base.mark_text(align="left", dx=8, fontSize=12, limit=alt.expr(room)).encode(
        x=alt.X("high:Q", scale=scale, axis=axis, title=title),
        text=alt.Text("label:N"),
        color=alt.ColorValue(ink()),
    )
    heads = (
        alt.Chart(shown[is_first.astype(bool)].assign(y=lambda first: first.y - 1))
        .mark_text(align="left", fontSize=13, fontWeight="bold", limit=alt.expr("width"))
        .encode(x=from_left(2), y=y, text=alt.Text("block:N"), color=alt.ColorValue(ink()))
    )
    return layered(bars, marks, names, heads, height=_LINE * float(shown.y.max()) + 80)
