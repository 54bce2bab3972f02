"""The dimension curve: Spearman against the number of kept dimensions."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.lines import SHAPES
from dashboard.charts.palette import SERIES, STEADY

_POOLINGS = alt.Legend(orient="bottom", columns=3, symbolOpacity=1)


def curve(points: pd.DataFrame, known: pd.DataFrame | None = None) -> alt.LayerChart:
    """Draw Spearman ×100 against k: a colour and shape for each pooling, dashes if whitened.

    Args:
        points: `k, spearman, pooling, whitening, run_id`, Spearman in −1…1.
        known: `k, spearman, ci_low, ci_high, pooling`: where an interval was taken.
    """
    shown = points.assign(
        score=points.spearman * 100,
        vectors=["raw" if w == "none" else f"whitened ({w})" for w in points.whitening],
    )
    poolings, vectors = sorted(set(shown.pooling)), sorted(set(shown.vectors))
    widest = int(shown.k.max())
    base = alt.Chart(shown).encode(
        x=alt.X(
            "k:Q",
            title="kept dimensions k (log scale)",
            scale=alt.Scale(type="log", base=2, domain=[1, widest], nice=False),
            axis=alt.Axis(values=[2**i for i in range(widest.bit_length())], format="d"),
        ),
        y=alt.Y("score:Q", title="Spearman ×100", scale=alt.Scale(zero=False)),
        color=alt.Color(
            "pooling:N",
            title=None,
            scale=alt.Scale(domain=poolings, range=[SERIES[i % 8] for i in range(len(poolings))]),
            legend=_POOLINGS,
        ),
        detail="run_id:N",
        tooltip=[
            alt.Tooltip("pooling:N", title="Pooling"),
            alt.Tooltip("vectors:N", title="Vectors"),
            alt.Tooltip("k:Q", title="k"),
            alt.Tooltip("score:Q", title="Spearman ×100", format=".2f"),
        ],
    )
    dashes = alt.StrokeDash(
        "vectors:N",
        title=None,
        scale=alt.Scale(
            domain=vectors,
            range=[
                [1, 0] if v == "raw" else [6, 3] if i % 2 else [2, 3] for i, v in enumerate(vectors)
            ],
        ),
        legend=alt.Legend(
            orient="top",
            symbolType="stroke",
            symbolStrokeColor=STEADY,
            symbolStrokeWidth=2.5,
            symbolSize=500,
            symbolOpacity=1,
        )
        if len(vectors) > 1
        else None,
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dashes)
    # A line is hard to hit: these catch the pointer.
    layers = [lines, base.mark_circle(size=60, opacity=0)]
    layers += _intervals(base, known, set(shown.k), poolings)
    return alt.layer(*layers).properties(height=420)


def _intervals(
    base: alt.Chart, known: pd.DataFrame | None, drawn: set[int], poolings: list[str]
) -> list[alt.Chart]:
    """Return the bars and marks of the scores that have an interval."""
    if known is None:
        return []
    sure = known[known.ci_low.notna() & known.ci_high.notna() & (known.k <= max(drawn))]
    if sure.empty:
        return []
    sure = sure.assign(score=sure.spearman * 100, low=sure.ci_low * 100, high=sure.ci_high * 100)[
        ["k", "score", "low", "high", "pooling", "whitening"]
    ]
    tooltip = [
        alt.Tooltip("pooling:N", title="Pooling"),
        alt.Tooltip("whitening:N", title="Whitening"),
        alt.Tooltip("k:Q", title="k"),
        alt.Tooltip("score:Q", title="Spearman ×100", format=".2f"),
        alt.Tooltip("low:Q", title="95% from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
    ]
    at = alt.Chart(sure).encode(x=base.encoding.x, color=base.encoding.color, tooltip=tooltip)
    title, scale = "Spearman ×100", alt.Scale(zero=False)
    return [
        at.mark_rule(strokeWidth=4, opacity=0.4).encode(
            y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q"
        ),
        at.mark_point(size=90, filled=True, opacity=1).encode(
            y=alt.Y("score:Q", title=title, scale=scale),
            shape=alt.Shape(
                "pooling:N",
                title=None,
                scale=alt.Scale(
                    domain=poolings, range=[SHAPES[i % len(SHAPES)] for i in range(len(poolings))]
                ),
                legend=_POOLINGS,
            ),
        ),
    ]
