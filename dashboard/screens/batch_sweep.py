"""Does the batch size matter for contrastive losses, and does FlatNCE mend it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.folded import folded, tabbed
from dashboard.formatting import MEANINGS, SHARES
from dashboard.queries import sweep
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sweep import accumulated, by_batch, paired, table

safe_html.heading(
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
    safe_html.show(
        safe_html.tag("p", f"{said}{', ×100' if metric in SHARES else ''}.", css="rc-words")
    )
    return str(bench), str(metric)


def networks(bench: str, metric: str) -> None:
    """Show each network's own number, and offer them."""
    every = read(sweep.seeds, bench, metric)
    table(every, {"value": metric}, "The number of each seed")
    download(every, "batch-sweep-seeds")


def beside() -> None:
    """Show each arm by batch size, and every network behind it."""
    by_batch(read(sweep.means, bench, metric), metric, times)
    folded("Every network", lambda: networks(bench, metric), key="networks")


choices = read(sweep.choices)
if choices.empty:
    safe_html.note(
        "info", "No batch size has been swept yet. This takes a minute, with four seeds:"
    )
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    safe_html.note(
        "info", "And this four minutes, with seven losses and precisions, three batch sizes:"
    )
    st.code("rankcheck run plans/batch-sweep.yaml", language="bash")
    gradients = read(sweep.accumulation)
    if len(gradients):
        accumulated(gradients)
else:
    bench, metric = choose(choices)
    times = 100 if metric in SHARES else 1
    tabbed(
        {
            "By batch size": beside,
            "Seed by seed": lambda: paired(read(sweep.differences, bench, metric), metric, times),
            "Gradients put together": lambda: accumulated(read(sweep.accumulation)),
        },
        key="sweep-view",
    )
