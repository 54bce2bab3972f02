"""Draw a model's scores between the median and the best of all models."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts.axis_names import Room, label_options
from dashboard.charts.drawing import FOUND, HUMAN, STEADY, layered
from dashboard.language import t

_STEP, _STEPS = 20, 26  # pixels of a row: with names of one line, and of more
_TASKS = Room(36, 2)


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
            "place": range(len(tasks)),
            "task": tasks.task.tolist(),
            "share": np.clip(share.fillna(1.0), -1, 1),
            "value": tasks.value.astype(float),
            "median": tasks["median"].astype(float),
            "best": tasks.best.astype(float),
            "who": tasks.best_model.tolist(),
            "zero": 0.0,
            "one": 1.0,
        }
    )
    axis = alt.Axis(title=None, **label_options(dict(enumerate(tasks.task)), _TASKS))
    y = alt.Y("place:O", axis=axis)
    scale = alt.Scale(domain=[-1, 1])
    words = {"-1": t("below"), "0": t("median"), "1": t("best")}
    said = " : ".join(f"datum.value == {at} ? '{word}'" for at, word in words.items())
    across = alt.Axis(values=[-1, 0, 1], labelExpr=f"{said} : ''", title=None, orient="top")
    x = alt.X("share:Q", scale=scale, axis=across)
    tooltip = [
        alt.Tooltip("task:N", title=t("Task")),
        alt.Tooltip("value:Q", title=t("score"), format=".4~g"),
        alt.Tooltip("median:Q", title=t("median"), format=".4~g"),
        alt.Tooltip("best:Q", title=t("best"), format=".4~g"),
        alt.Tooltip("who:N", title=t("best model")),
    ]
    base = alt.Chart(points)
    line = base.mark_rule(strokeWidth=3, color=STEADY, opacity=0.5).encode(
        y=y, x=alt.X("zero:Q", scale=scale, axis=across), x2=alt.X2("one:Q")
    )
    end = base.mark_point(shape="diamond", filled=True, size=70, color=HUMAN).encode(
        y=y, x=alt.X("one:Q", scale=scale, axis=across), tooltip=tooltip
    )
    own = base.mark_circle(size=110, opacity=1, color=FOUND).encode(y=y, x=x, tooltip=tooltip)
    step = _STEP if _TASKS.most_lines(tasks.task.tolist()) == 1 else _STEPS
    return layered(line, end, own, height=step * len(points) + 40)


def cut_names(tasks: pd.DataFrame) -> list[str]:
    """Return the tasks whose names `beside_best` cuts."""
    return _TASKS.cut(tasks.task)
