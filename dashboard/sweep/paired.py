"""What one arm is better by than another, seed by seed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, forest
from dashboard.folded import folded
from dashboard.sheet import download
from dashboard.signs import MARKS, sign
from dashboard.sweep.shown import table


def paired(differences: pd.DataFrame, metric: str, times: int) -> None:
    """Show what one arm is better by than another, seed by seed."""
    st.header("Seed by seed")
    if differences.empty:
        inert.note("info", "No two arms share a seed.")
        return
    bases = list(dict.fromkeys(differences.base))
    first = next((i for i, b in enumerate(bases) if str(b).startswith("infonce/")), 0)
    left, right = st.columns(2)
    base = left.selectbox("Compared with", bases, index=first, key="base", bind="query-params")
    kept = differences[differences.base == base]
    batches = sorted(set(kept.batch))
    batch = right.selectbox("Batch size", ["all", *map(str, batches)], key="at-batch")
    kept = kept if batch == "all" else kept[kept.batch == int(batch)]
    kept = kept.sort_values(["batch", "arm"])
    unit = f"difference in {metric}{' ×100' if times == 100 else ''}, 95% interval"
    points = pd.DataFrame(
        {
            "label": [f"{r.arm}, batch {r.batch} ({r.seeds} seeds)" for r in kept.itertuples()],
            "value": kept.difference * times,
            "low": kept.ci_low * times,
            "high": kept.ci_high * times,
            "kind": [sign(r.ci_low, r.ci_high) for r in kept.itertuples()],
        }
    )
    draw(
        forest(points.head(MOST), unit, MARKS, against=0.0, against_label="no difference"),
        alternative=f"Differences in {metric}, paired by seed",
    )
    st.caption(
        "Both arms start from the same weights and see the same images in the same order, so that"
        " each seed is a pair. An interval that leaves out 0 is a difference beyond chance; one in"
        " twenty does so by chance."
        + (f" Drawn are the first {MOST} of {len(points)}." if len(points) > MOST else "")
    )
    shown = kept.assign(
        **{
            name: kept[name] * times
            for name in ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
        }
    )

    def numbers() -> None:
        table(shown, {"difference": unit}, "Paired differences")
        download(kept, "batch-sweep-differences")

    folded("The numbers of every pair", numbers, key="pairs")
