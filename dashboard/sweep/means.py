"""Each arm by batch size, beside what needs no training."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import words
from dashboard.charts.drawing import draw
from dashboard.charts.lines import lines
from dashboard.folded import folded
from dashboard.sheet import download
from dashboard.sweep.shown import table


def by_batch(means: pd.DataFrame, metric: str, times: int) -> None:
    """Show each arm's mean over seeds by batch size, and the baselines."""
    points = pd.DataFrame(
        {
            "series": means.arm,
            "size": means.batch,
            "value": means.value * times,
            "low": means.ci_low * times,
            "high": means.ci_high * times,
        }
    )
    beside = means.iloc[0]
    levels = [
        (said, beside[name] * times)
        for name, said in (("raw", "pixels themselves"), ("random", "networks before training"))
        if not words.is_missing(beside[name])
    ]
    axis = f"{metric}{' ×100' if times == 100 else ''}, mean over seeds"
    draw(
        lines(points, x="batch size in samples (log scale)", y=axis, levels=levels),
        alternative=f"{metric} by batch size",
    )
    fewest, most = int(means.seeds.min()), int(means.seeds.max())
    span = words.counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    said = f"Bars are 95% intervals of the mean over {span} (Student's t)."
    if most == 1:
        said = "One seed: an interval takes two or more."
    st.caption(f"{said} Dashed: the same metric without any training." if levels else said)
    shown = means.assign(
        value=means.value * times, ci_low=means.ci_low * times, ci_high=means.ci_high * times
    )[["arm", "batch", "value", "ci_low", "ci_high", "seeds"]]

    def numbers() -> None:
        table(shown, {"value": axis}, "Means over seeds")
        download(means, "batch-sweep")

    folded("The numbers of every mean", numbers, key="means")
