"""Draw a model's scores between the median and the best of all models."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts.drawing import FOUND, HUMAN, STEADY, layered
from dashboard.formatting import one_line
from dashboard.language import t

_STEP = 20


def beside_best(tasks: pd.DataFrame) -> alt.LayerChart:
    """Draw each task as a line from the median to the best, with the model's score on it.

    Tasks have units of their own, so each is drawn by the share of the way from the median, at 0,
    to the best, at 1; farther below the median than that is drawn at −1.

    Args:
        tasks: `task, value, median, best, best_model`, in order.
    """
    way = (tasks.best - tasks["median"]).astype(float)
    share = (tasks.value - tasks["median"]).astype(float) / way.where(way != 0)
    points = pd.DataFrame(
        {
            # Two columns of one task may have one name: the place tells them apart.
            "task": [f"{i:03d} {one_line(name)}" for i, name in enumerate(tasks.task)],
            "share": np.clip(share.fillna(1.0), -1, 1),
            "value": tasks.value.astype(float),
            "median": tasks["median"].astype(float),
            "best": tasks.best.astype(float),
            "who": [one_line(name) for name in tasks.best_model],
            "zero": 0.0,
            "one": 1.0,
        }
    )
    axis = alt.Axis(
        title=None, labelExpr="slice(datum.value, 4)", labelLimit=260, labelOverlap=False
    )
    y = alt.Y("task:N", sort=None, axis=axis)
    scale = alt.Scale(domain=[-1, 1])
    words = {"-1": t("below"), "0": t("median"), "1": t("best")}
    said = " : ".join(f"datum.value == {at} ? '{word}'" for at, word in words.items())
    across = alt.Axis(values=[-1, 0, 1], labelExpr=f"{said} : ''", title=None, orient="top")
    x = alt.X("share:Q", scale=scale, axis=across)
    tooltip = [
        alt.Tooltip("value:Q", title=t("score"), format=".4~g"),
        alt.Tooltip("median:Q", title=t("median"), format=".4~g"),
        alt.Tooltip("best:Q", title=t("best"), format=".4~g"),
        alt.Tooltip("who:N", title=t("best model")),
    ]
    base = alt.Chart(points)
    line = base.mark_rule(strokeWidth=3, color=STEADY, opacity=0.5).encode(
        y=y, x=alt.X("zero:Q", scale=scale, axis=across), x2="one:Q"
    )
    end = base.mark_point(shape="diamond", filled=True, size=70, color=HUMAN).encode(
        y=y, x=alt.X("one:Q", scale=scale, axis=across), tooltip=tooltip
    )
    own = base.mark_circle(size=110, opacity=1, color=FOUND).encode(y=y, x=x, tooltip=tooltip)
    return layered(line, end, own, height=_STEP * len(points) + 40)
