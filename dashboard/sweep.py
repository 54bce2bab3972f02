"""Show the parts of the batch sweep page: arms, differences, accumulation."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.charts.drawing import FOUND, draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.lines import lines
from dashboard.folded import folded
from dashboard.language import mark, nt, option_labels, sentences, t
from dashboard.queries.frame import records
from dashboard.sheet import download
from dashboard.signs import MARKS, sign

ALL, MEAN = mark("all"), mark("mean over seeds")


def _batch(name: str) -> str:
    return t(name) if name == ALL else name


def table(rows: pd.DataFrame, named: dict[str, str], alt: str) -> None:
    """Show rows in a table, numbers with four digits, under the given labels."""
    labels = {"ci_low": t("95% from"), "ci_high": t("95% to"), **named}
    numbers = rows.select_dtypes("float").columns
    tables.table(
        rows,
        hide_index=True,
        height=min(320, 38 + 35 * max(len(rows), 1)),
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
        for name, label in (("raw", t("raw pixels")), ("random", t("untrained networks")))
        if not formatting.is_missing(first_row[name])
    ]
    unit = f"{metric} ×100" if times == 100 else metric
    axis = t("{metric}, mean over seeds", metric=unit)
    draw(
        lines(points, x=t("batch size in samples (log scale)"), y=axis, levels=levels),
        alternative=t("{metric} by batch size", metric=metric),
    )
    fewest, most = int(means.seeds.min()), int(means.seeds.max())
    caption = (
        nt(
            "Bars are 95% intervals of the mean over {count:,} seed (Student's t).",
            "Bars are 95% intervals of the mean over {count:,} seeds (Student's t).",
            most,
        )
        if fewest == most
        else t(
            "Bars are 95% intervals of the mean over {fewest} to {most} seeds (Student's t).",
            fewest=fewest,
            most=most,
        )
    )
    if most == 1:
        caption = t("No intervals: they need at least two seeds.")
    if levels:
        caption = sentences(caption, t("Dashed: the same metric without training."))
    st.caption(caption)
    shown = means.assign(
        value=means.value * times, ci_low=means.ci_low * times, ci_high=means.ci_high * times
    )[["arm", "batch", "value", "ci_low", "ci_high", "seeds"]]

    def numbers() -> None:
        table(shown, {"value": axis}, t("Means over seeds"))
        download(means, "batch-sweep")

    folded(t("The numbers of every mean"), numbers, key="means")


def paired(differences: pd.DataFrame, metric: str, times: int) -> None:
    """Show the differences between arms, paired by seed."""
    st.header(t("Seed by seed"))
    if differences.empty:
        safe_html.note("info", t("No two arms share a seed, so there are no paired differences."))
        return
    bases = list(dict.fromkeys(differences.base))
    first = next((i for i, b in enumerate(bases) if str(b).startswith("infonce/")), 0)
    left, right = st.columns(2)
    base = left.selectbox(t("Compared with"), bases, index=first, key="base", bind="query-params")
    selected = differences[differences.base == base]
    batches = sorted(set(selected.batch))
    batch = right.selectbox(
        t("Batch size"),
        [ALL, *map(str, batches)],
        format_func=option_labels([ALL, *map(str, batches)], _batch),
        key="at-batch",
    )
    selected = selected if batch == ALL else selected[selected.batch == int(batch)]
    selected = selected.sort_values(["batch", "arm"])
    factored = f"{metric} ×100" if times == 100 else metric
    unit = t("difference in {metric}, 95% interval", metric=factored)
    points = pd.DataFrame(
        {
            "label": [
                t("{arm}, batch {batch} ({seeds} seeds)", arm=r.arm, batch=r.batch, seeds=r.seeds)
                for r in records(selected)
            ],
            "value": selected.difference * times,
            "low": selected.ci_low * times,
            "high": selected.ci_high * times,
            "kind": [sign(r.ci_low, r.ci_high) for r in records(selected)],
        }
    )
    draw(
        forest(points.head(MOST), unit, MARKS, against=0.0, against_label=t("no difference")),
        alternative=t("Differences in {metric}, paired by seed", metric=metric),
    )
    caption = t(
        "With the same seed both arms start from the same weights and see the same images in the"
        " same order, so that each seed is a pair. Two arms are distinguishable if the interval"
        " excludes 0; of equal arms, one in twenty is so by chance."
    )
    if len(points) > MOST:
        more = t("The chart shows the first {most} of {count}.", most=MOST, count=len(points))
        caption = sentences(caption, more)
    st.caption(caption)
    scaled = selected.assign(
        **{
            name: selected[name] * times
            for name in ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
        }
    )

    def numbers() -> None:
        table(scaled, {"difference": unit}, t("Paired differences"))
        download(selected, "batch-sweep-differences")

    folded(t("The numbers of every pair"), numbers, key="pairs")


def accumulated(rows: pd.DataFrame) -> None:
    """Show the relative error of gradients accumulated over chunks."""
    st.header(t("Gradients accumulated over chunks"))
    if rows.empty:
        safe_html.note(
            "info", t("No accumulated gradient has been measured. This command takes seconds:")
        )
        safe_html.code("rankcheck run plans/quickstart.yaml")
        return
    points = pd.DataFrame(
        {
            "label": [
                t(
                    "{way}, {batch} samples in chunks of {chunk}",
                    way=r.way,
                    batch=r.batch,
                    chunk=r.chunk,
                )
                for r in records(rows)
            ],
            "value": rows.relative_error,
            "low": rows.smallest,
            "high": rows.largest,
            "kind": MEAN,
        }
    )
    axis = t("relative error (log scale)")
    draw(
        forest(points.head(MOST), axis, {MEAN: Mark(FOUND, "circle")}, log=True),
        alternative=t("Relative error of accumulated gradients"),
    )
    st.caption(
        t(
            "|gradient − whole batch's gradient| / |whole batch's gradient|: mean over"
            " seeds, bars from the smallest to the largest value. Rounding alone gives about"
            " 10⁻⁷ in float32."
        )
    )
    named = {
        "relative_error": t("relative error"),
        "smallest": t("smallest seed"),
        "largest": t("largest seed"),
    }
    folded(
        t("The numbers of every method"),
        lambda: table(rows, named, t("Relative error of accumulated gradients")),
        key="accumulated",
    )
