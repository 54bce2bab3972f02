"""Show the batch sweep page: losses by batch size, and gradient accumulation."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.folded import folded, tabbed
from dashboard.formatting import MEANINGS, SHARES
from dashboard.lab import head
from dashboard.language import mark, sentences, t
from dashboard.queries import sweep
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sweep import accumulated, by_batch, paired, table

head("screens/batch_sweep.py")


def choose(choices: pd.DataFrame) -> tuple[str, str]:
    """Let people choose a bench and a metric; return them."""
    left, right = st.columns([3, 2])
    benches = list(dict.fromkeys(choices.bench))
    bench = left.selectbox(t("Bench"), benches, key="bench", bind="query-params")
    metrics = list(choices[choices.bench == bench].metric)
    usual = [m for m in MEANINGS if m in metrics]
    ordered = [*usual, *(m for m in metrics if m not in MEANINGS)]
    metric = right.selectbox(t("Metric"), ordered, key="metric", bind="query-params")
    meaning = t(MEANINGS.get(metric, mark("A number of the training")))
    safe_html.show(
        safe_html.tag(
            "p",
            sentences(
                t("{sentence}.", sentence=f"{meaning}{' ×100' if metric in SHARES else ''}"),
                t(
                    "An arm is one loss with its options at one precision, for example"
                    " infonce/float32."
                ),
            ),
            css="rc-words",
        )
    )
    return str(bench), str(metric)


def networks(bench: str, metric: str) -> None:
    """Show the number of each network, with a download."""
    rows = read(sweep.seeds, bench, metric)
    table(rows, {"value": metric}, t("The number of each seed"))
    open_as_sql(sql_of(sweep.seeds, bench, metric))
    download(rows, "batch-sweep-seeds")


def beside() -> None:
    """Show each arm by batch size, and its networks."""
    by_batch(read(sweep.means, bench, metric), metric, times)
    open_as_sql(sql_of(sweep.means, bench, metric))
    folded(t("Every network"), lambda: networks(bench, metric), key="networks")


def seed_by_seed() -> None:
    """Show each arm less another one, paired by seed."""
    paired(read(sweep.differences, bench, metric), metric, times)
    open_as_sql(sql_of(sweep.differences, bench, metric))


def gradients_of_chunks() -> None:
    """Show the error of gradients that are accumulated over chunks."""
    accumulated(read(sweep.accumulation))
    open_as_sql(sql_of(sweep.accumulation))


choices = read(sweep.choices)
if choices.empty:
    safe_html.note(
        "info", t("No batch size has been swept yet. This command sweeps four seeds in a minute:")
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
    safe_html.note(
        "info",
        t("This one sweeps seven losses and precisions at three batch sizes in four minutes:"),
    )
    safe_html.code("rankcheck run plans/batch-sweep.yaml")
    gradients = read(sweep.accumulation)
    if len(gradients):
        accumulated(gradients)
else:
    bench, metric = choose(choices)
    times = 100 if metric in SHARES else 1
    tabbed(
        {
            mark("By batch size"): beside,
            mark("Seed by seed"): seed_by_seed,
            mark("Accumulated gradients"): gradients_of_chunks,
        },
        key="sweep-view",
    )
