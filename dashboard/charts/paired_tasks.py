"""Draw the differences of two models, task by task."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.axis_names import Room, label_options
from dashboard.charts.drawing import FOUND, HUMAN, STEADY, layered
from dashboard.language import t

_LINE, _LINES = 19, 26  # pixels of a row: with names of one line, and of more
_TASKS, _TITLE = Room(30, 2), Room(48, 3)
AHEAD = {"first": FOUND, "second": HUMAN, "tied": STEADY}


def paired_tasks(points: pd.DataFrame, title: list[str]) -> alt.LayerChart:
    """Draw each difference from zero, the mean with its interval on top.

    Args:
        points: `task, difference, low, high, first, second`, in the order to be drawn; only the
            mean has an interval.
        title: Lines of the axis's title, with the unit and which model is subtracted.
    """
    shown = points.assign(
        y=range(len(points)),
        ahead=["first" if d > 0 else "second" if d < 0 else "tied" for d in points.difference],
    )
    tasks = shown.task.tolist()
    x = alt.X("difference:Q", title=title, axis=alt.Axis(tickCount=6, orient="top"))
    y = alt.Y(
        "y:O",
        title=None,
        axis=alt.Axis(**label_options(dict(enumerate(tasks)), _TASKS)),
    )
    base = alt.Chart(shown).encode(
        y=y,
        color=alt.Color(
            "ahead:N",
            scale=alt.Scale(domain=list(AHEAD), range=list(AHEAD.values())),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("task:N", title=t("Task")),
            alt.Tooltip("difference:Q", title=t("Difference"), format="+.3~f"),
            alt.Tooltip("first:Q", title=t("First"), format=".3~f"),
            alt.Tooltip("second:Q", title=t("Second"), format=".3~f"),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"difference": [0.0]})).mark_rule(color=STEADY).encode(x=x)
    stems = base.mark_rule(strokeWidth=2, opacity=0.6).encode(x=x, x2=alt.X2Datum(0))
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(x=x)
    whole = alt.Chart(shown.dropna(subset=["low", "high"]))
    interval = whole.mark_rule(strokeWidth=7, opacity=0.35, color=STEADY).encode(
        x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), y=y
    )
    layers = [zero, stems, *([interval] if shown.low.notna().any() else []), dots]
    line = _LINE if _TASKS.most_lines(tasks) == 1 else _LINES
    return layered(*layers, height=line * len(shown) + 84)


def cut_names(points: pd.DataFrame) -> list[str]:
    """Return the tasks whose names `paired_tasks` cuts."""
    return _TASKS.cut(points.task)


def both_models(points: pd.DataFrame, first: str, second: str) -> alt.LayerChart:
    """Draw the score of one model against that of the other, a point a task.

    Args:
        points: `task, first, second`.
        first: Name of the model on the upright axis.
        second: Name of the other.
    """
    low = float(min(points["first"].min(), points.second.min()))
    high = float(max(points["first"].max(), points.second.max()))
    room = 0.04 * (high - low or 1.0)
    scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
    ends = pd.DataFrame({"first": [low, high], "second": [low, high]})
    x = alt.X("second:Q", title=_TITLE.wrap(second), scale=scale)
    y = alt.Y("first:Q", title=_TITLE.wrap(first), scale=scale)
    diagonal = alt.Chart(ends).mark_line(color=STEADY, strokeDash=[5, 4]).encode(x=x, y=y)
    dots = (
        alt.Chart(points)
        .mark_point(size=70, filled=True, opacity=0.85, color=FOUND)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("task:N", title=t("Task")),
                alt.Tooltip("first:Q", title=first, format=".3~f"),
                alt.Tooltip("second:Q", title=second, format=".3~f"),
            ],
        )
    )
    return layered(diagonal, dots, height=380)
