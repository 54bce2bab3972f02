"""The dimension curve: Spearman against the number of kept dimensions."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.palette import SERIES, STEADY


def curve(points: pd.DataFrame) -> alt.LayerChart:
    """Draw Spearman ×100 against k, a colour for each pooling, dashes for whitened vectors.

    Args:
        points: `k, spearman, pooling, whitening, run_id`, Spearman in −1…1.
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
            legend=alt.Legend(orient="bottom", columns=3, symbolOpacity=1),
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
    return alt.layer(lines, base.mark_circle(size=60, opacity=0)).properties(height=380)
