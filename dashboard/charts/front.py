"""Draw scores against sizes, with the models that none at most as large is better than."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.bump import cut
from dashboard.charts.drawing import FOUND, HUMAN, INK, LEGEND, STEADY, layered
from dashboard.formatting import score_head
from dashboard.language import mark, t
from evaluators.averaging.pareto import Front
from evaluators.model_facts.facts import SIZES, short_number

KINDS = {
    mark("on the front"): FOUND,
    mark("pinned or found"): HUMAN,
    mark("other models"): STEADY,
}
_SHAPES = {"on the front": "circle", "pinned or found": "diamond", "other models": "circle"}
_HEIGHT = 520
_PLOT = 380  # pixels of it without axis and legend
_LINE = 15  # pixels
_LABEL = 28
_NARROW = 300  # pixels of the plot on a phone, on which labels must not meet either
_CHARACTER = 6  # pixels, on average
_ROOM = 0.22  # of the logarithmic axis, beside the first model of the front, for its label


def front_points(
    front: Front, names: Sequence[str], marked: Collection[int], times: float = 1.0
) -> pd.DataFrame:
    """Return a point for each ranked model of known size, the front last and by size.

    Args:
        front: The front.
        names: Label of each row of the board.
        marked: Positions of pinned and found rows.
        times: What scores are multiplied with.
    """
    contest = front.contest
    by_row = {row.row: place for place, row in enumerate(front.rows)}
    positive = front.sizes[front.known & (front.sizes > 0)]
    smallest = float(positive.min()) if len(positive) else 1.0
    points = pd.DataFrame(
        {
            "model": names[position],
            "size": float(front.sizes[i]),
            # A logarithmic axis has no 0, which a baseline without weights has.
            "x": max(float(front.sizes[i]), smallest / 2),
            "shown": short_number(float(front.sizes[i])),
            "score": times * float(contest.scores[i]),
            "rank": int(contest.ranks[i]),
            "share": float(front.share[i]),
            "kind": "on the front"
            if i in by_row
            else "pinned or found"
            if position in marked
            else "other models",
            "place": by_row.get(i, -1),
        }
        for i, position in enumerate(contest.positions.tolist())
        if front.known[i]
    )
    return points.sort_values("place", kind="stable", ignore_index=True)


def front_chart(
    points: pd.DataFrame, fact: str, ink: str = INK["light"], times: float = 1.0
) -> alt.LayerChart:
    """Draw the points on a logarithmic axis, with the front as a line of steps.

    Args:
        points: As `front_points` returns them.
        fact: The size.
        ink: The colour of names.
        times: What scores are multiplied with.
    """
    low, high = float(points.score.min()), float(points.score.max())
    room = 0.06 * (high - low or 1.0)
    scores = (low - room, high + 2 * room)
    more = SIZES[fact]
    sizes = _domain(points, more)
    x = alt.X(
        "x:Q",
        title=t("{size}, logarithmic", size=t(fact.replace("_", " "))),
        scale=alt.Scale(type="log", domain=list(sizes), nice=False),
        axis=alt.Axis(values=_ticks(*sizes), labelExpr=_LABELS, grid=True),
    )
    y = alt.Y(
        "score:Q",
        title=score_head(times),
        scale=alt.Scale(domain=list(scores), zero=False, nice=False),
    )
    kinds = [kind for kind in KINDS if (points.kind == kind).any()]
    front = points[points.place >= 0]
    tooltip = [
        alt.Tooltip("model:N", title=t("Model")),
        alt.Tooltip("shown:N", title=t(fact.replace("_", " ")).capitalize()),
        alt.Tooltip("score:Q", title=t("Score"), format=".4~g"),
        alt.Tooltip("rank:Q", title=t("Rank")),
        alt.Tooltip("share:Q", title=t("On the front, of resamples"), format=".0%"),
    ]
    points = points.assign(kind=points.kind.map(t))
    dots = (
        alt.Chart(points)
        .mark_point(filled=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(
                    domain=[t(kind) for kind in kinds], range=[KINDS[kind] for kind in kinds]
                ),
                legend=alt.Legend(orient="bottom", columns=LEGEND, symbolOpacity=1),
            ),
            shape=alt.Shape(
                "kind:N",
                title=None,
                scale=alt.Scale(
                    domain=[t(kind) for kind in kinds], range=[_SHAPES[kind] for kind in kinds]
                ),
            ),
            size=alt.SizeValue(
                **alt.condition(
                    alt.datum.kind == t("other models"), alt.value(36), alt.value(90), empty=False
                )
            ),
            opacity=alt.OpacityValue(
                **alt.condition(
                    alt.datum.kind == t("other models"), alt.value(0.5), alt.value(1), empty=False
                )
            ),
            tooltip=tooltip,
        )
    )
    steps = (
        alt.Chart(front)
        .mark_line(
            interpolate="step-before" if more else "step-after",
            color=FOUND,
            strokeWidth=2,
            opacity=0.8,
        )
        .encode(x=x, y=y, order=alt.Order("x:Q"))
    )
    names = (
        alt.Chart(front_labels(front, scores, sizes, more=more))
        .mark_text(
            align="left" if more else "right",
            baseline="bottom",
            dx=3 if more else -3,
            dy=-4,
            fontSize=11,
            limit=alt.expr("max(30, datum.room * width - 6)"),
            color=ink,
        )
        .encode(x=x, y=y, text=alt.Text("label:N"))
    )
    return layered(steps, dots, names, height=_HEIGHT)


_LABELS = (
    "datum.value >= 1e12 ? format(datum.value / 1e12, '~g') + 'T'"
    " : datum.value >= 1e9 ? format(datum.value / 1e9, '~g') + 'B'"
    " : datum.value >= 1e6 ? format(datum.value / 1e6, '~g') + 'M'"
    " : format(datum.value, ',~g')"
)


def _ticks(low: float, high: float) -> list[float]:
    """Return powers of ten in a range, or of two where it is short."""
    base = 10 if high / low > 200 else 2
    first, last = math.ceil(math.log(low, base)), math.floor(math.log(high, base))
    return [float(base) ** k for k in range(first, last + 1)]


def _domain(points: pd.DataFrame, more: bool) -> tuple[float, float]:
    """Return the ends of the axis of sizes, with room for a label where the front begins."""
    least, most = float(points.x.min()), float(points.x.max())
    span = max(math.log(most / least), math.log(4))
    before, after = (0.05, _ROOM) if more else (_ROOM, 0.05)
    return least / math.exp(before * span), most * math.exp(after * span)


def front_labels(
    front: pd.DataFrame, scores: tuple[float, float], sizes: tuple[float, float], *, more: bool
) -> pd.DataFrame:
    """Return the labels that have room, the best model's and then of those surest on the front.

    No model is above a point of the front and on its cheaper side, so there its label meets only
    other labels.

    Args:
        front: The points of the front.
        scores: The ends of the axis of scores.
        sizes: The ends of the axis of sizes.
        more: Whether more of the size is better, so that the cheaper side is the right one.
    """
    pixel = (scores[1] - scores[0]) / _PLOT
    span = math.log(sizes[1] / sizes[0])
    kept: list[dict[str, float | str]] = []
    boxes: list[tuple[float, float, float]] = []  # start and end on a phone, and the height
    surest = front.sort_values(["share", "score"], ascending=False).to_dict("records")
    for row in sorted(surest, key=lambda row: row["score"] != front.score.max()):
        room = math.log(row["x"] / sizes[0]) / span
        room = 1 - room if more else room
        label = cut(row["model"].rpartition("/")[2] or row["model"], _LABEL)
        start = max(0.0, room - len(label) * _CHARACTER / _NARROW)
        # The best one's is lifted, as the next best is often nearly as good.
        height = row["score"] + (0 if kept else _LINE * pixel)
        meets = any(
            abs(height - other) < _LINE * pixel and start < end and begin < room
            for begin, end, other in boxes
        )
        if not meets:
            boxes.append((start, room, height))
            kept.append({"x": row["x"], "score": height, "label": label, "room": room})
    return pd.DataFrame(kept)
