"""Draw the bump chart: ranks from mean to mean."""

from __future__ import annotations

import json
from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.charts.drawing import DOWN, FOUND, HUMAN, INK, STEADY, UP, layered
from evaluators.averaging import ComparedRow

KINDS = {
    "human": HUMAN,
    "pinned or found": FOUND,
    "gains places": UP,
    "loses places": DOWN,
    "keeps its place": STEADY,
}
_LINE = 27
_LABEL = 40


def bump_points(rows: list[ComparedRow], means: list[str], marked: Collection[int]) -> pd.DataFrame:
    """Return one point for each row and mean, with its rank and its place.

    The height is the place rather than the rank, so that rank 170 beside rank 3 stays readable and
    ties do not hide one another; the rank is printed on the point.
    """
    points = []
    for x, mean in enumerate(means):
        ranked = sorted(
            (row for row in rows if row.ranks[mean] is not None),
            key=lambda row: (row.ranks[mean], row.position),
        )
        for y, row in enumerate(ranked):
            points.append(
                {
                    "x": x,
                    "mean": mean,
                    "y": y,
                    "rank": row.ranks[mean],
                    "score": row.scores[mean],
                    "position": row.position,
                    "model": row.model,
                    "label": cut(row.model),
                    "kind": _kind(row, means, marked),
                }
            )
    drawn = pd.DataFrame(points)
    # A row that has no rank under the last mean keeps its name, at its own end.
    return drawn.assign(ends=drawn.groupby("position").x.transform("max") == drawn.x)


def bump(points: pd.DataFrame, means: list[str], ink: str = INK["light"]) -> alt.LayerChart:
    """Draw the points of `bump_points`, with the means from left to right.

    Args:
        points: The points.
        means: The names of the columns, from left to right.
        ink: The colour of names; small text in the line's own colour is hard to read.
    """
    last = len(means) - 1
    kinds = [kind for kind in KINDS if (points["kind"] == kind).any()]
    base = alt.Chart(points).encode(
        x=alt.X(
            "x:Q",
            # The room right of the last mean is for the names.
            scale=alt.Scale(domain=[-0.12 * last, last * 1.75], nice=False),
            axis=alt.Axis(
                orient="top",
                values=list(range(len(means))),
                labelExpr=f"{_names(means)}[datum.value]",
                title=None,
                grid=False,
                domain=False,
                ticks=False,
                labelFontSize=13,
                labelFontWeight="bold",
                labelFlush=False,
            ),
        ),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, padding=14)),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=kinds, range=[KINDS[kind] for kind in kinds]),
            legend=alt.Legend(orient="bottom", title=None, columns=3, symbolType="stroke"),
        ),
        detail="position:N",
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("mean:N", title="Mean"),
            alt.Tooltip("rank:Q", title="Rank"),
            alt.Tooltip("score:Q", title="Score", format=".2f"),
        ],
    )
    human = alt.datum.kind == "human"
    lines = base.mark_line(interpolate="monotone").encode(
        strokeWidth=alt.condition(human, alt.value(4), alt.value(2)),
        opacity=alt.condition(alt.datum.kind == "keeps its place", alt.value(0.6), alt.value(1)),
    )
    dots = base.mark_circle(size=430, opacity=1)
    ranks = base.mark_text(fontSize=11, fontWeight="bold", color="white").encode(
        text="rank:Q", color=alt.value("white")
    )
    names = (
        base.transform_filter(alt.datum.ends)
        .mark_text(align="left", dx=16, fontSize=12, limit=alt.expr("width * 0.38"))
        .encode(text="label:N", color=alt.value(ink))
    )
    tallest = int(points.groupby("mean").size().max())
    return layered(lines, dots, ranks, names, height=_LINE * tallest + 70)


def _names(means: list[str]) -> str:
    return json.dumps(means)  # quoted, because a snapshot may have any name


def _kind(row: ComparedRow, means: list[str], marked: Collection[int]) -> str:
    if row.is_human:
        return "human"
    if row.position in marked:
        return "pinned or found"
    places = [place for mean in means if (place := row.ranks[mean]) is not None]
    gained = places[0] - places[-1]
    return "gains places" if gained > 0 else "loses places" if gained < 0 else "keeps its place"


def cut(name: str, limit: int = _LABEL) -> str:
    """Return a name on one line, cut at the length for which a chart has room."""
    one_line = " ".join(name.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
