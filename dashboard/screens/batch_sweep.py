"""Does the batch size matter for contrastive losses, and does FlatNCE mend it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.forest import Mark, forest
from dashboard.charts.lines import lines
from dashboard.charts.palette import FOUND, REFUTED, STEADY, UP
from dashboard.queries import sweep
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sweep_words import MEANINGS, SHARES

SIGNS = {
    "arm is higher": Mark(UP, "circle"),
    "arm is lower": Mark(REFUTED, "cross"),
    "no difference beyond chance": Mark(STEADY, "diamond"),
}

inert.heading(
    "Batch sweep", "Does the batch size matter for contrastive losses, and does FlatNCE mend it?"
)


def choose(choices: pd.DataFrame) -> tuple[str, str]:
    """Let people choose a bench and a metric; return them."""
    left, right = st.columns([3, 2])
    benches = list(dict.fromkeys(choices.bench))
    bench = left.selectbox("Bench", benches, key="bench", bind="query-params")
    metrics = list(choices[choices.bench == bench].metric)
    usual = [m for m in MEANINGS if m in metrics]
    ordered = [*usual, *(m for m in metrics if m not in MEANINGS)]
    metric = right.selectbox("Metric", ordered, key="metric", bind="query-params")
    said = MEANINGS.get(metric, "A number of the training")
    inert.show(inert.tag("p", f"{said}{', ×100' if metric in SHARES else ''}.", css="rc-words"))
    return str(bench), str(metric)


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
    st.altair_chart(
        lines(points, x="batch size in samples (log scale)", y=axis, levels=levels),
        width="stretch",
        alt=f"{metric} by batch size",
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
    _table(shown, {"value": axis}, "Means over seeds")
    download(means, "batch-sweep")


def paired(differences: pd.DataFrame, metric: str, times: int) -> None:
    """Show what one arm is better by than another, seed by seed."""
    st.subheader("Seed by seed")
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
            "kind": [_sign(r.ci_low, r.ci_high) for r in kept.itertuples()],
        }
    )
    st.altair_chart(
        forest(points, unit, SIGNS, against=0.0, against_label="no difference"),
        width="stretch",
        alt=f"Differences in {metric}, paired by seed",
    )
    st.caption(
        "Both arms start from the same weights and see the same images in the same order, so that"
        " each seed is a pair. An interval that leaves out 0 is a difference beyond chance; one in"
        " twenty does so by chance."
    )
    shown = kept.assign(
        **{
            name: kept[name] * times
            for name in ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
        }
    )
    _table(shown, {"difference": unit}, "Paired differences")
    download(kept, "batch-sweep-differences")


def accumulated(rows: pd.DataFrame) -> None:
    """Show how far gradients put together from chunks are off."""
    st.subheader("Gradients put together from chunks")
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
    st.altair_chart(
        forest(points, axis, {"mean over seeds": Mark(FOUND, "circle")}, log=True),
        width="stretch",
        alt="Relative error of accumulated gradients",
    )
    st.caption(
        "|gradient − whole batch's gradient| / |whole batch's gradient|: mean over seeds, bars from"
        " the smallest to the largest seed. Rounding alone makes some 10⁻⁷ in float32."
    )
    _table(
        rows,
        {
            "relative_error": "relative error",
            "smallest": "smallest seed",
            "largest": "largest seed",
        },
        "Relative error of accumulated gradients",
    )


def _sign(low: float, high: float) -> str:
    if words.is_missing(low) or words.is_missing(high) or low <= 0 <= high:
        return "no difference beyond chance"
    return "arm is higher" if low > 0 else "arm is lower"


def _table(rows: pd.DataFrame, named: dict[str, str], alt: str) -> None:
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


choices = read(sweep.choices)
gradients = read(sweep.accumulation)
if choices.empty:
    inert.note("info", "No batch size has been swept yet. This takes a minute, with four seeds:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    inert.note(
        "info", "And this four minutes, with seven losses and precisions, three batch sizes:"
    )
    st.code("rankcheck run plans/batch-sweep.yaml", language="bash")
else:
    bench, metric = choose(choices)
    times = 100 if metric in SHARES else 1
    by_batch(read(sweep.means, bench, metric), metric, times)
    paired(read(sweep.differences, bench, metric), metric, times)
    with st.expander("Every network"):
        every = read(sweep.seeds, bench, metric)
        _table(every, {"value": metric}, "The number of each seed")
        download(every, "batch-sweep-seeds")
if len(gradients) or len(choices):
    accumulated(gradients)
