"""What was measured at each number of dimensions in one setting."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.drawing import draw
from dashboard.charts.lines import AT_MOST, lines
from dashboard.dimensions.told import series_names
from dashboard.queries import dimension
from dashboard.reading import read


def one_setting(rows: pd.DataFrame) -> None:
    """Show what was measured at each number of dimensions in one setting."""
    st.header("What more dimensions bring")
    settings = rows.drop_duplicates(["experiment", "subject", "task", "setting"])
    names = series_names(settings, ("subject", "task", "setting"))
    left, right = st.columns([2, 1])
    place = left.selectbox(
        "Setting", range(len(settings)), format_func=names.__getitem__, key="setting"
    )
    chosen = settings.iloc[place]
    where = [str(chosen[name]) for name in ("experiment", "subject", "task", "setting")]
    curves = read(dimension.curves, *where)
    if curves.empty:
        inert.note("info", "No curve was kept for this setting: its numbers are in the table.")
        return
    metrics = list(dict.fromkeys(curves.metric))
    metric = right.selectbox("Metric", metrics, key="curve-metric")
    of_metric = curves[curves.metric == metric]
    told = series_names(
        of_metric.assign(variant=of_metric.variant.replace("{}", "")), ("variant", "seed")
    )
    counted = ["" if words.is_missing(n) else f"N = {int(n):,}" for n in of_metric["items"]]
    several = of_metric.groupby(["items", "n"], dropna=False).size().max() > 1
    names_of = [
        " · ".join(part for part in (n, t if several else "") if part) or str(metric)
        for n, t in zip(counted, told, strict=True)
    ]
    points = pd.DataFrame(
        {
            "series": names_of,
            "size": of_metric.n,
            "value": of_metric.value,
            "low": None,
            "high": None,
        }
    )
    drawn = points[points.series.isin(list(dict.fromkeys(points.series))[:AT_MOST])]
    draw(
        lines(drawn, x="dimensions (log scale)", y=str(metric)),
        alternative="What was measured at each number of dimensions",
    )
