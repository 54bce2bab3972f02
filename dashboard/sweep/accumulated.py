"""How far gradients put together from chunks are off."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.palette import FOUND
from dashboard.folded import folded
from dashboard.sweep.shown import table


def accumulated(rows: pd.DataFrame) -> None:
    """Show how far gradients put together from chunks are off."""
    st.header("Gradients put together from chunks")
    if rows.empty:
        inert.note("info", "Not measured yet. This takes seconds:")
        st.code("rankcheck run plans/quickstart.yaml", language="bash")
        return
    points = pd.DataFrame(
        {
            "label": [
                f"{r.way}, {r.batch} samples in chunks of {r.chunk}" for r in rows.itertuples()
            ],
            "value": rows.relative_error,
            "low": rows.smallest,
            "high": rows.largest,
            "kind": "mean over seeds",
        }
    )
    axis = "relative error (log scale)"
    draw(
        forest(points.head(MOST), axis, {"mean over seeds": Mark(FOUND, "circle")}, log=True),
        alternative="Relative error of accumulated gradients",
    )
    st.caption(
        "|gradient − whole batch's gradient| / |whole batch's gradient|: mean over seeds, bars from"
        " the smallest to the largest seed. Rounding alone makes some 10⁻⁷ in float32."
    )
    named = {
        "relative_error": "relative error",
        "smallest": "smallest seed",
        "largest": "largest seed",
    }
    folded(
        "The numbers of every way",
        lambda: table(rows, named, "Relative error of accumulated gradients"),
        key="accumulated",
    )
