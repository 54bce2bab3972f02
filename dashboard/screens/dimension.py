"""The dimension page: how many dimensions N items need, compared with 8.33 ln N."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.dimensions import needed, one_setting, table, tiles
from dashboard.folded import folded
from dashboard.lab import head
from dashboard.queries import dimension
from dashboard.reading import read

EXPERIMENTS = {
    "theory": "Theory: the formula and the exact entropy",
    "freezing": "Freezing: where random vectors stop moving",
    "retrieval": "Retrieval: noisy copies of random vectors",
    "embeddings": "Embeddings: noisy copies of real sentences",
    "words": "Words: word vectors of a corpus",
    "attention": "Attention: heads that recall items",
    "kept": "Kept: dimensions that preserve a checkpoint's score",
}

head("screens/dimension.py")


def choose_experiment(law: pd.DataFrame) -> pd.DataFrame:
    """Let people choose an experiment and its settings; return those rows."""
    there = [name for name in EXPERIMENTS if (law.experiment == name).any()]
    there += sorted(set(law.experiment) - set(EXPERIMENTS))
    # Start with the experiment that has most results.
    most = law[law.n_star.notna()].experiment.value_counts()
    first = there.index(most.index[0]) if len(most) else 0
    left, right = st.columns(2)
    experiment = left.selectbox(
        "Experiment",
        there,
        index=first,
        format_func=lambda name: EXPERIMENTS.get(name, name),
        key="experiment",
        bind="query-params",
    )
    here = law[law.experiment == experiment]
    criteria = list(dict.fromkeys(here.criterion))
    chosen = right.multiselect(
        "Criterion",
        criteria,
        key=f"criteria-{there.index(experiment)}",
        placeholder="all",
        help="What the dimensions must reach: a recall, a share of the gain or of the full score.",
    )
    return here[here.criterion.isin(chosen or criteria)]


law = read(dimension.law)
if law.empty:
    safe_html.note(
        "info", "No dimension has been measured yet. This command measures a part in a minute:"
    )
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    safe_html.note("info", "This one runs every experiment in a few minutes:")
    st.code("rankcheck run plans/dimension.yaml", language="bash")
    st.stop()
rows = choose_experiment(law)
tiles(rows)
needed(rows)
folded("The numbers of every cell", lambda: table(rows), key="law")
one_setting(rows)
