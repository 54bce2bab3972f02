"""Draw the bump chart: ranks from mean to mean."""

from __future__ import annotations

import json
from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.charts.drawing import DOWN, FOUND, HUMAN, INK, LEGEND, STEADY, UP, layered
from dashboard.charts.rank_lines import apart, heights
from dashboard.language import mark, t
from evaluators.averaging import ComparedRow

KINDS = {
    mark("human"): HUMAN,
    mark("pinned or found"): FOUND,
    mark("gains places"): UP,
    mark("loses places"): DOWN,
    mark("keeps its place"): STEADY,
    mark("enters later"): "#C22F0A",
}
_LINE = 25  # pixels between neighbouring ranks, on a chart that is not too tall
_TALLEST = 900
_TEXT = 17  # pixels of a label
_LABEL = 40


def bump_points(
    rows: list[ComparedRow], means: list[str], marked: Collection[int], times: float = 1.0
) -> pd.DataFrame:
    """Return one point for each row and mean, with its rank and its height.

    Args:
        rows: The rows.
        means: The names of the columns, from left to right.
        marked: Positions of pinned and found rows.
        times: What scores are multiplied with.
    """
    place = heights(r for row in rows for mean in means if (r := row.ranks[mean]) is not None)
    points = [
        {
            "x": x,
            "mean": mean,
            "y": place[rank],
            "rank": rank,
            "score": None if (score := row.scores[mean]) is None else times * score,
            "position": row.position,
            "model": row.model,
            "label": cut(row.model),
            "kind": _kind(row, means, marked),
        }
        for row in rows
        for x, mean in enumerate(means)
        if (rank := row.ranks[mean]) is not None
    ]
    drawn = pd.DataFrame(points)
    # A row that has no rank under the last mean keeps its name, at its own end.
    drawn["ends"] = drawn.groupby("position").x.transform("max") == drawn.x
    return drawn.assign(at=_labels(drawn))


def _labels(drawn: pd.DataFrame) -> pd.Series:
    """Return the height of each row's name: tied rows end in one point, their names do not."""
    least = _TEXT / _step(drawn)
    at = drawn.y.astype(float).to_dict()
    for _, here in drawn[drawn.ends].groupby("x"):
        at |= dict(zip(here.index, apart(here.y.tolist(), least), strict=True))
    return pd.Series(at, dtype=float)


def _step(points: pd.DataFrame) -> float:
    """Return the pixels between neighbouring ranks."""
    return min(_LINE, _TALLEST / max(1.0, float(points.y.max())))


def bump(points: pd.DataFrame, means: list[str], ink: str = INK["light"]) -> alt.LayerChart:
    """Draw the points of `bump_points`, with the means from left to right.

    Args:
        points: The points.
        means: The names of the columns, from left to right.
        ink: The colour of names; small text in the line's own colour is hard to read.
    """
    last = max(1, len(means) - 1)
    kinds = [kind for kind in KINDS if (points["kind"] == kind).any()]
    lowest = float(max(points.y.max(), points["at"].max()))
    highest = float(min(0.0, points["at"].min()))
    scale = alt.Scale(domain=[highest - 0.6, lowest + 0.6], reverse=True, nice=False, zero=False)
    x = alt.X(
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
    )
    hover = alt.selection_point(fields=["position"], on="pointerover", empty=True)
    points = points.assign(kind=points["kind"].map(t))
    base = alt.Chart(points).encode(
        x=x,
        y=alt.Y("y:Q", axis=None, scale=scale),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(
                domain=[t(kind) for kind in kinds], range=[KINDS[kind] for kind in kinds]
            ),
            legend=alt.Legend(orient="bottom", title=None, columns=LEGEND, symbolType="stroke"),
        ),
        detail=alt.Detail("position:N"),
        opacity=alt.OpacityValue(**alt.condition(hover, alt.value(1), alt.value(0.15))),
        tooltip=[
            alt.Tooltip("model:N", title=t("Model")),
            alt.Tooltip("mean:N", title=t("Mean")),
            alt.Tooltip("rank:Q", title=t("Rank")),
            alt.Tooltip("score:Q", title=t("Score"), format=".4~f"),
        ],
    )
    lines = base.mark_line(interpolate="monotone").encode(
        strokeWidth=alt.StrokeWidthValue(
            **alt.condition(alt.datum.kind == t("human"), alt.value(4), alt.value(2))
        ),
    )
    step = _step(points)
    dots = base.mark_circle(size=430 if step > 20 else 330).add_params(hover)
    ranks = base.mark_text(fontSize=11 if step > 20 else 9.5, fontWeight="bold").encode(
        text=alt.Text("rank:Q"), color=alt.ColorValue("white")
    )
    names = (
        base.transform_filter(alt.datum.ends)
        .mark_text(align="left", dx=16, fontSize=12, limit=alt.expr("width * 0.38"))
        .encode(
            y=alt.Y("at:Q", axis=None, scale=scale),
            text=alt.Text("label:N"),
            color=alt.ColorValue(ink),
        )
    )
    return layered(lines, dots, ranks, names, height=step * (lowest - highest + 1.2) + 90)


def _names(means: list[str]) -> str:
    return json.dumps(means)  # quoted, because a snapshot may have any name


def _kind(row: ComparedRow, means: list[str], marked: Collection[int]) -> str:
    if row.is_human:
        return "human"
    if row.position in marked:
        return "pinned or found"
    if row.ranks[means[0]] is None:
        return "enters later"
    places = [place for mean in means if (place := row.ranks[mean]) is not None]
    gained = places[0] - places[-1]
    return "gains places" if gained > 0 else "loses places" if gained < 0 else "keeps its place"


def cut(name: str, limit: int = _LABEL) -> str:
    """Return a name on one line, cut at the length for which a chart has room."""
    one_line = " ".join(name.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
