"""Draw ranks over the exponent: the bump chart over all p."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charts.bump import KINDS, cut
from dashboard.charts.drawing import INK, STEADY, layered

_LINE = 27
_TICKS = (5, 2, 1, 0, -1, -2, -5, -10)
_MARKS = {1.0: "AM", 0.0: "GM", -1.0: "HM"}


def exponent_points(
    exponents: NDArray[np.float64],
    ranks: NDArray[np.float64],
    scores: NDArray[np.float64],
    rows: Sequence[int],
    names: Sequence[str],
    kinds: Mapping[int, str],
) -> pd.DataFrame:
    """Return one point for each row and exponent, with its rank and its place.

    Args:
        exponents: (P,), from the largest to the smallest.
        ranks: (P, n), NaN where a row has none.
        scores: (P, n).
        rows: Which of the n are drawn.
        names: n names.
        kinds: What each drawn row is, one of `KINDS`.
    """
    points = []
    for k, p in enumerate(exponents.tolist()):
        ranked = sorted((i for i in rows if not np.isnan(ranks[k, i])), key=lambda i: ranks[k, i])
        for y, i in enumerate(ranked):
            points.append(
                {
                    "p": p,
                    "y": y,
                    "rank": int(ranks[k, i]),
                    "score": scores[k, i],
                    "position": i,
                    "model": names[i],
                    "kind": kinds[i],
                }
            )
    found = pd.DataFrame(points)
    last = found.groupby("position").p.transform("min") == found.p
    first = found.groupby("position").p.transform("max") == found.p
    end = [f"{rank}  {cut(name)}" for rank, name in zip(found["rank"], found.model, strict=True)]
    return found.assign(end=np.where(last, end, ""), start=np.where(first, found["rank"], ""))


def exponents(points: pd.DataFrame, chosen: float, ink: str = INK["light"]) -> alt.LayerChart:
    """Draw the points of `exponent_points`, with p falling from left to right.

    Args:
        points: What is drawn.
        chosen: The exponent chosen on the page.
        ink: The colour of names; in the line's own colour small text is hard to read.
    """
    x = alt.X(
        "p:Q",
        title="exponent p of the power mean",
        # Logarithmic away from 0, so that the three means have room between them; the room right
        # of the smallest exponent is for the names.
        scale=alt.Scale(
            type="symlog", constant=1, domain=_room(points.p.max(), points.p.min()), nice=False
        ),
        axis=alt.Axis(
            values=[v for v in _TICKS if points.p.min() <= v <= points.p.max()],
            grid=False,
            titleAnchor="start",
            labelExpr="replace(toString(datum.value), '-', '\N{MINUS SIGN}')",
        ),
    )
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, padding=14))
    kinds = [kind for kind in KINDS if (points.kind == kind).any()]
    base = alt.Chart(points).encode(
        x=x,
        y=y,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=kinds, range=[KINDS[kind] for kind in kinds]),
            legend=alt.Legend(orient="bottom", title=None, columns=3, symbolType="stroke"),
        ),
        detail="position:N",
    )
    human = alt.datum.kind == "human"
    lines = base.mark_line(interpolate="linear").encode(
        strokeWidth=alt.condition(human, alt.value(4), alt.value(2)),
        opacity=alt.condition(alt.datum.kind == "keeps its place", alt.value(0.6), alt.value(1)),
    )
    ends = (
        base.transform_filter("datum.end != ''")
        .mark_text(
            align="left", dx=6, limit=alt.expr("width * 0.4"), fontSize=12, baseline="middle"
        )
        .encode(text="end:N", color=alt.value(ink))
    )
    starts = (
        base.transform_filter("datum.start != ''")
        .mark_text(align="right", dx=-6, fontSize=12, baseline="middle")
        .encode(text="start:N", color=alt.value(ink))
    )
    # A line is hard to hit: these catch the pointer.
    hits = base.mark_circle(size=90, opacity=0).encode(
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("p:Q", title="p", format=".2f"),
            alt.Tooltip("rank:Q", title="Rank"),
            alt.Tooltip("score:Q", title="Score", format=".2f"),
        ],
    )
    tallest = int(points.y.max()) + 1
    return layered(*_marks(chosen, x, ink), lines, ends, starts, hits, height=_LINE * tallest + 90)


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
        strokeWidth=alt.condition(alt.datum.chosen, alt.value(2.5), alt.value(1))
    )
    names = base.mark_text(color=ink, fontWeight="bold", fontSize=12, dy=-8).encode(
        y=alt.value(0), text="name:N"
    )
    return [rules, names]
