"""Draw a quick chart of any table: bars, a line or points."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts.drawing import SERIES
from dashboard.language import mark, t

KINDS = (mark("bars"), mark("line"), mark("points"))

_NUMBER = re.compile(r"^(U?(TINY|SMALL|BIG)INT|INTEGER|UINTEGER|FLOAT|DOUBLE|DECIMAL\(.*)$")
_MOMENT = re.compile(r"^(DATE|TIMESTAMP)")
_MOST_BARS, _MOST_COLOURS = 60, len(SERIES)
_TITLE = 60

_Scale = Literal["quantitative", "temporal", "nominal"]


def numeric(kind: str) -> bool:
    """Return whether a DuckDB type can be drawn on the vertical axis."""
    return bool(_NUMBER.match(kind)) and kind != "UBIGINT"


def guess(names: Sequence[str], types: Sequence[str]) -> tuple[str, str, str]:
    """Guess the columns for the two axes and the type of chart.

    Args:
        names: Names of the columns.
        types: DuckDB's types of the columns, of which at least one is numeric.

    Returns:
        The column of the horizontal axis: the first moment, else the first text, else the first
        number; the numeric column of the vertical axis; and the type of chart.
    """
    numbers = [n for n, kind in zip(names, types, strict=True) if numeric(kind)]
    moments = [n for n, kind in zip(names, types, strict=True) if _MOMENT.match(kind)]
    texts = [n for n, kind in zip(names, types, strict=True) if kind == "VARCHAR"]
    if moments:
        return moments[0], numbers[0], "line"
    if texts:
        return texts[0], numbers[0], "bars"
    return numbers[0], numbers[-1], "points"


def quick(
    table: pd.DataFrame,
    types: Mapping[str, str],
    x: str,
    y: str,
    colour: str | None,
    kind: str,
) -> tuple[alt.Chart, str]:
    """Draw two columns of a table, with an optional third as colour.

    The names of the columns are data and may contain anything: the chart calls the columns x, y and
    colour, and uses their names only as titles.

    Returns:
        The chart, and remarks on the parts of the table that are not in it.
    """
    heights = pd.to_numeric(table[y], errors="coerce").astype(float)
    points = pd.DataFrame({"x": table[x], "y": heights})
    if colour is not None:
        points["colour"] = table[colour].map(_cut)
    points = points[np.isfinite(points["y"])]
    remarks = []
    if len(points) < len(table):
        remarks.append(
            t("{count} rows without a number are not drawn", count=len(table) - len(points))
        )
    scale = _axis(types[x], kind)
    if scale == "nominal":
        points["x"] = points["x"].map(_cut)
        first = list(dict.fromkeys(points["x"]))[:_MOST_BARS]
        if points["x"].nunique() > _MOST_BARS:
            points = points[points["x"].isin(first)]
            remarks.append(
                t("only the first {most} values of the horizontal axis are drawn", most=_MOST_BARS)
            )
    marks: dict[str, dict[str, Any]] = {
        "bars": {"type": "bar"},
        "line": {"type": "line", "point": True},
        "points": {"type": "circle", "size": 70, "opacity": 0.8},
    }
    tooltip = [alt.Tooltip("x", type=scale, title=_cut(x)), alt.Tooltip("y:Q", title=_cut(y))]
    encoding: dict[str, Any] = {
        "x": alt.X("x", type=scale, sort=None, title=_cut(x), axis=alt.Axis(labelLimit=120)),
        "y": alt.Y("y:Q", title=_cut(y), stack=None, scale=alt.Scale(zero=kind == "bars")),
        "tooltip": tooltip,
    }
    if colour is not None:
        names = list(dict.fromkeys(points["colour"]))
        if len(names) > _MOST_COLOURS:
            remarks.append(t("colours repeat after {most}", most=_MOST_COLOURS))
        encoding["color"] = alt.Color(
            "colour:N",
            title=_cut(colour),
            scale=alt.Scale(domain=names, range=list(SERIES)),
            legend=alt.Legend(orient="bottom", columns=3, symbolLimit=_MOST_COLOURS),
        )
        tooltip.append(alt.Tooltip("colour:N", title=_cut(colour)))
        if kind == "bars":
            encoding["xOffset"] = alt.XOffset("colour:N", sort=names)
    else:
        marks[kind]["color"] = SERIES[0]
    chart = alt.Chart(points).mark_bar().encode(**encoding).properties(height=360)
    chart.mark = alt.MarkDef(**marks[kind])
    return chart, t("; ").join(remarks)


def _axis(kind_of_x: str, kind: str) -> _Scale:
    if _MOMENT.match(kind_of_x):
        return "temporal"
    if numeric(kind_of_x) and kind != "bars":
        return "quantitative"
    return "nominal"  # in the order of the rows


def _cut(value: object) -> str:
    one_line = " ".join(str(value).split())
    return one_line if len(one_line) <= _TITLE else one_line[: _TITLE - 1] + "…"
