"""Draw ranks over the exponent: the bump chart over all p."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charts.bump import KINDS, cut
from dashboard.charts.drawing import INK, LEGEND, STEADY, from_top, layered
from dashboard.charts.rank_lines import apart
from dashboard.language import t

_LINE = 17  # pixels of a name
_RANKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
TICKS = (5, 2, 1, 0, -1, -2, -5, -10)
"""Exponents that the axis names."""

_MARKS = {1.0: "AM", 0.0: "GM", -1.0: "HM"}


def exponent_points(
    exponents: NDArray[np.float64],
    ranks: NDArray[np.float64],
    scores: NDArray[np.float64],
    rows: Sequence[int],
    names: Sequence[str],
    kinds: Mapping[int, str],
    times: float = 1.0,
) -> pd.DataFrame:
    """Return one point for each row and exponent, with its rank.

    Args:
        exponents: (P,), from the largest to the smallest.
        ranks: (P, n), NaN where a row has none.
        scores: (P, n).
        rows: Which of the n are drawn.
        names: n names.
        kinds: What each drawn row is, one of `KINDS`.
        times: What scores are multiplied with.
    """
    found = pd.DataFrame(
        {
            "p": p,
            "rank": int(ranks[k, i]),
            "score": times * scores[k, i],
            "position": i,
            "model": names[i],
            "kind": kinds[i],
        }
        for k, p in enumerate(exponents.tolist())
        for i in rows
        if not np.isnan(ranks[k, i])
    )
    last = found.groupby("position").p.transform("min") == found.p
    end = [f"{rank}  {cut(name)}" for rank, name in zip(found["rank"], found.model, strict=True)]
    found["end"] = np.where(last, end, "")
    found["at"] = found["rank"].astype(float)
    low, high = math.log(found["rank"].min()), math.log(found["rank"].max())
    least = _LINE * max(high - low, 0.1) / _height(found)
    for _, here in found[last].groupby("p"):
        at = apart([math.log(rank) for rank in here["rank"]], least)
        found.loc[here.index, "at"] = [math.exp(place) for place in at]
    return found


def _height(points: pd.DataFrame) -> float:
    """Return the pixels of the axis of ranks: room for every name."""
    return float(max(420, (_LINE + 2) * points.position.nunique()))


def exponents(points: pd.DataFrame, chosen: float, ink: str = INK["light"]) -> alt.LayerChart:
    """Draw the points of `exponent_points`, with p falling from left to right.

    Args:
        points: What is drawn.
        chosen: The exponent chosen on the page.
        ink: The colour of names; in the line's own colour small text is hard to read.
    """
    x = alt.X(
        "p:Q",
        title=t("exponent p of the power mean"),
        # Logarithmic away from 0, so that the three means have room between them; the room right
        # of the smallest exponent is for the names.
        scale=alt.Scale(
            type="symlog", constant=1, domain=_room(points.p.max(), points.p.min()), nice=False
        ),
        axis=alt.Axis(
            values=[v for v in TICKS if points.p.min() <= v <= points.p.max()],
            grid=False,
            titleAnchor="start",
            labelExpr="replace(toString(datum.value), '-', '\N{MINUS SIGN}')",
        ),
    )
    top = float(min(points["rank"].min(), points["at"].min()))
    bottom = float(max(points["rank"].max(), points["at"].max()))
    scale = alt.Scale(type="log", domain=[bottom * 1.08, top / 1.08], nice=False)
    ticks = [r for r in _RANKS if points["rank"].min() <= r <= points["rank"].max()]
    y = alt.Y(
        "rank:Q",
        title=t("rank"),
        scale=scale,
        axis=alt.Axis(values=ticks, format="d", labelOverlap=False, gridOpacity=0.4),
    )
    kinds = [kind for kind in KINDS if (points.kind == kind).any()]
    hover = alt.selection_point(fields=["position"], on="pointerover", empty=True)
    points = points.assign(kind=points.kind.map(t))
    base = alt.Chart(points).encode(
        x=x,
        y=y,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(
                domain=[t(kind) for kind in kinds], range=[KINDS[kind] for kind in kinds]
            ),
            legend=alt.Legend(orient="bottom", title=None, columns=LEGEND, symbolType="stroke"),
        ),
        detail=alt.Detail("position:N"),
        opacity=alt.OpacityValue(**alt.condition(hover, alt.value(1), alt.value(0.12))),
    )
    human = alt.datum.kind == t("human")
    lines = base.mark_line(interpolate="linear").encode(
        strokeWidth=alt.StrokeWidthValue(**alt.condition(human, alt.value(4), alt.value(2))),
    )
    ends = (
        base.transform_filter("datum.end != ''")
        .mark_text(
            align="left", dx=6, limit=alt.expr("width * 0.4"), fontSize=12, baseline="middle"
        )
        .encode(y=alt.Y("at:Q", scale=scale), text=alt.Text("end:N"), color=alt.ColorValue(ink))
    )
    # A line is hard to hit: these catch the pointer.
    hits = base.mark_circle(size=90).encode(
        opacity=alt.OpacityValue(0),
        tooltip=[
            alt.Tooltip("model:N", title=t("Model")),
            alt.Tooltip("p:Q", title="p", format=".2f"),
            alt.Tooltip("rank:Q", title=t("Rank")),
            alt.Tooltip("score:Q", title=t("Score"), format=".4~f"),
        ],
    )
    return layered(
        *_marks(chosen, x, ink), lines, ends, hits.add_params(hover), height=_height(points) + 90
    )


def _room(high: float, low: float) -> list[float]:
    """Return the ends of the axis, with room for names after the last exponent."""
    begin, end = (float(np.sign(p) * np.log1p(abs(p))) for p in (high, low))
    ends = begin + 0.07 * (begin - end), end - 0.75 * (begin - end)
    return [float(np.sign(u) * np.expm1(abs(u))) for u in ends]


def _marks(chosen: float, x: alt.X, ink: str) -> list[alt.Chart]:
    """Return upright lines at the three means and at the chosen exponent."""
    places = {**_MARKS} if chosen in _MARKS else {**_MARKS, chosen: f"p={chosen:g}"}
    marks = pd.DataFrame(
        {
            "p": list(places),
            "name": [name.replace("-", "\N{MINUS SIGN}") for name in places.values()],
            "chosen": [p == chosen for p in places],
        }
    )
    base = alt.Chart(marks).encode(x=x)
    rules = base.mark_rule(color=STEADY, strokeDash=[4, 4]).encode(
        strokeWidth=alt.StrokeWidthValue(
            **alt.condition(alt.datum.chosen, alt.value(2.5), alt.value(1))
        )
    )
    names = base.mark_text(color=ink, fontWeight="bold", fontSize=12, dy=-8).encode(
        y=from_top(0), text=alt.Text("name:N")
    )
    return [rules, names]
