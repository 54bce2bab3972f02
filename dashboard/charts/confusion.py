"""Draw a confusion matrix."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.drawing import layered
from dashboard.language import t

_MOST = 30


def confusion(counts: pd.DataFrame) -> alt.LayerChart:
    """Draw the share of each true class that was predicted as each class.

    Args:
        counts: `gold, predicted, examples`; pairs that never happen have no row.
    """
    total = counts.groupby("gold").examples.transform("sum")
    shown = counts.assign(share=counts.examples / total * 100)
    first = list(counts.groupby("gold").examples.sum().sort_values(ascending=False).index[:_MOST])
    shown = shown[shown.gold.isin(first)]
    order = [*first, *(name for name in dict.fromkeys(shown.predicted) if name not in first)]
    base = alt.Chart(shown).encode(
        x=alt.X(
            "predicted:N",
            title=t("predicted class"),
            sort=order,
            axis=alt.Axis(orient="top", labelLimit=90, labelAngle=-50, labelOverlap=False),
        ),
        y=alt.Y("gold:N", title=t("true class"), sort=order, axis=alt.Axis(labelLimit=110)),
        tooltip=[
            alt.Tooltip("gold:N", title=t("True class")),
            alt.Tooltip("predicted:N", title=t("Predicted class")),
            alt.Tooltip("examples:Q", title=t("Examples")),
            alt.Tooltip("share:Q", title=t("% of the class"), format=".1f"),
        ],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "share:Q",
            title=t("% of the class"),
            scale=alt.Scale(scheme="cividis", domain=[0, 100]),
            legend=alt.Legend(orient="bottom", gradientLength=180),
        )
    )
    if len(order) > 12:
        return layered(cells, height=22 * len(first) + 240)
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("share:Q", format=".0f"),
        color=alt.ColorValue(
            **alt.condition(alt.datum.share > 55, alt.value("#10181d"), alt.value("#ffffff"))
        ),
    )
    return layered(cells, numbers, height=34 * len(first) + 240)
