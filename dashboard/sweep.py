"""Show the parts of the batch sweep page: arms, differences, accumulation."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import FOUND, draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.lines import lines
from dashboard.folded import folded
from dashboard.queries.frame import records
from dashboard.sheet import download
from dashboard.signs import MARKS, sign


def table(rows: pd.DataFrame, named: dict[str, str], alt: str) -> None:
    """Show rows in a table, numbers with four digits, under the given labels."""
    labels = {"ci_low": "95% from", "ci_high": "95% to", **named}
    numbers = rows.select_dtypes("float").columns
    st.dataframe(
        rows,
        hide_index=True,
        height=min(320, 38 + 35 * max(len(rows), 1)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(labels.get(name, name), format="%.4g")
            for name in numbers
        },
        alt=alt,
    )


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
    first_row = means.iloc[0]
    levels = [
        (label, first_row[name] * times)
        for name, label in (("raw", "raw pixels"), ("random", "untrained networks"))
        if not formatting.is_missing(first_row[name])
    ]
    axis = f"{metric}{' ×100' if times == 100 else ''}, mean over seeds"
    draw(
        lines(points, x="batch size in samples (log scale)", y=axis, levels=levels),
        alternative=f"{metric} by batch size",
    )
    fewest, most = int(means.seeds.min()), int(means.seeds.max())
    span = formatting.counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    caption = f"Bars are 95% intervals of the mean over {span} (Student's t)."
    if most == 1:
        caption = "No intervals: they need at least two seeds."
    st.caption(f"{caption} Dashed: the same metric without training." if levels else caption)
    shown = means.assign(
        value=means.value * times, ci_low=means.ci_low * times, ci_high=means.ci_high * times
    )[["arm", "batch", "value", "ci_low", "ci_high", "seeds"]]

    def numbers() -> None:
        table(shown, {"value": axis}, "Means over seeds")
        download(means, "batch-sweep")

    folded("The numbers of every mean", numbers, key="means")


def paired(differences: pd.DataFrame, metric: str, times: int) -> None:
    """Show the differences between arms, paired by seed."""
    st.header("Seed by seed")
    if differences.empty:
        safe_html.note("info", "No two arms share a seed, so there are no paired differences.")
        return
    bases = list(dict.fromkeys(differences.base))
    first = next((i for i, b in enumerate(bases) if str(b).startswith("infonce/")), 0)
    left, right = st.columns(2)
    base = left.selectbox("Compared with", bases, index=first, key="base", bind="query-params")
    selected = differences[differences.base == base]
    batches = sorted(set(selected.batch))
    batch = right.selectbox("Batch size", ["all", *map(str, batches)], key="at-batch")
    selected = selected if batch == "all" else selected[selected.batch == int(batch)]
    selected = selected.sort_values(["batch", "arm"])
    unit = f"difference in {metric}{' ×100' if times == 100 else ''}, 95% interval"
    points = pd.DataFrame(
        {
            "label": [f"{r.arm}, batch {r.batch} ({r.seeds} seeds)" for r in records(selected)],
            "value": selected.difference * times,
            "low": selected.ci_low * times,
            "high": selected.ci_high * times,
            "kind": [sign(r.ci_low, r.ci_high) for r in records(selected)],
        }
    )
    draw(
        forest(points.head(MOST), unit, MARKS, against=0.0, against_label="no difference"),
        alternative=f"Differences in {metric}, paired by seed",
    )
    st.caption(
        "With the same seed both arms start from the same weights and see the same images in the"
        " same order, so that each seed is a pair. Two arms are distinguishable if the interval"
        " excludes 0; of equal arms, one in twenty is so by chance."
        + (f" The chart shows the first {MOST} of {len(points)}." if len(points) > MOST else "")
    )
    scaled = selected.assign(
        **{
            name: selected[name] * times
            for name in ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
        }
    )

    def numbers() -> None:
        table(scaled, {"difference": unit}, "Paired differences")
        download(selected, "batch-sweep-differences")

    folded("The numbers of every pair", numbers, key="pairs")


def accumulated(rows: pd.DataFrame) -> None:
    """Show the relative error of gradients accumulated over chunks."""
    st.header("Gradients accumulated over chunks")
    if rows.empty:
        safe_html.note(
            "info", "No accumulated gradient has been measured. This command takes seconds:"
        )
        st.code("rankcheck run plans/quickstart.yaml", language="bash")
        return
    points = pd.DataFrame(
        {
            "label": [f"{r.way}, {r.batch} samples in chunks of {r.chunk}" for r in records(rows)],
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
        " the smallest to the largest value. Rounding alone gives about 10⁻⁷ in float32."
    )
    named = {
        "relative_error": "relative error",
        "smallest": "smallest seed",
        "largest": "largest seed",
    }
    folded(
        "The numbers of every method",
        lambda: table(rows, named, "Relative error of accumulated gradients"),
        key="accumulated",
    )
