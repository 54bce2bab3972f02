"""Scores with their intervals, one line each."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.palette import SERIES


def intervals(scores: pd.DataFrame) -> alt.LayerChart:
    """Draw Spearman ×100 with its 95% interval for each pooling, raw and whitened.

    Args:
        scores: `pooling, whitening, k, spearman, ci_low, ci_high`, Spearman in −1…1.
    """
    shown = pd.DataFrame(
        {
            "what": scores.pooling + " · " + scores.whitening.replace({"none": "raw"}),
            "vectors": ["raw" if w == "none" else "whitened" for w in scores.whitening],
            "k": scores.k,
            "score": scores.spearman * 100,
            "low": scores.ci_low * 100,
            "high": scores.ci_high * 100,
        }
    )
    # A list, not "-x": the two layers have different x, and Vega takes neither then.
    best_first = list(shown.sort_values("score", ascending=False).what)
    base = alt.Chart(shown).encode(
        y=alt.Y(
            "what:N", title=None, sort=best_first, axis=alt.Axis(labelLimit=170, labelFlush=False)
        ),
        color=alt.Color(
            "vectors:N",
            title=None,
            scale=alt.Scale(domain=["raw", "whitened"], range=[SERIES[0], SERIES[1]]),
            legend=alt.Legend(orient="bottom", symbolOpacity=1),
        ),
        tooltip=[
            alt.Tooltip("what:N", title="Pooling"),
            alt.Tooltip("k:Q", title="k"),
            alt.Tooltip("score:Q", title="Spearman ×100", format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    axis = alt.Axis(tickCount=6)
    title, scale = "Spearman ×100, 95% interval", alt.Scale(zero=False)
    bars = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    dots = base.mark_circle(size=110, opacity=1).encode(
        x=alt.X("score:Q", title=title, scale=scale, axis=axis)
    )
    return alt.layer(bars, dots).properties(height=30 * shown.what.nunique() + 80)
