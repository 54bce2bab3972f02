"""How many dimensions do N things need: is it 8.33 ln N?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.dimensions import needed, one_setting, table, tiles
from dashboard.folded import folded
from dashboard.queries import dimension
from dashboard.reading import read

EXPERIMENTS = {
    "theory": "Theory: the formula and the exact entropy",
    "freezing": "Freezing: where random vectors stop moving",
    "retrieval": "Retrieval: noisy copies of random vectors",
    "embeddings": "Embeddings: noisy copies of real sentences",
    "words": "Words: word vectors of a corpus",
    "attention": "Attention: heads that recall",
    "kept": "Kept: dimensions that keep a checkpoint's score",
}

safe_html.heading("Dimension", "How many dimensions do N things need: is it 8.33 ln N?")


def choose_experiment(law: pd.DataFrame) -> pd.DataFrame:
    """Let people choose an experiment and its settings; return those rows."""
    there = [name for name in EXPERIMENTS if (law.experiment == name).any()]
    there += sorted(set(law.experiment) - set(EXPERIMENTS))
    # The experiment with most to see comes first to mind.
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
        "What is reached",
        criteria,
        key=f"criteria-{there.index(experiment)}",
        placeholder="all",
        help="A recall, a share of the gain, or a share of the full score.",
    )
    return here[here.criterion.isin(chosen or criteria)]


law = read(dimension.law)
if law.empty:
    safe_html.note("info", "Nothing has been measured yet. This takes a minute, with a cut of it:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    safe_html.note("info", "And this some minutes, with every experiment:")
    st.code("rankcheck run plans/dimension.yaml", language="bash")
    st.stop()
rows = choose_experiment(law)
tiles(rows)
needed(rows)
folded("The numbers of every cell", lambda: table(rows), key="law")
one_setting(rows)
