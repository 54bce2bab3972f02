"""The dimension page: how many dimensions N items need, compared with 8.33 ln N."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.dimensions import needed, one_setting, table, tiles
from dashboard.folded import folded, in_address
from dashboard.lab import head
from dashboard.language import mark, t
from dashboard.queries import dimension
from dashboard.reading import read

EXPERIMENTS = {
    "theory": mark("Theory: the formula and the exact entropy"),
    "freezing": mark("Freezing: where random vectors stop moving"),
    "retrieval": mark("Retrieval: noisy copies of random vectors"),
    "embeddings": mark("Embeddings: noisy copies of real sentences"),
    "words": mark("Words: word vectors of a corpus"),
    "attention": mark("Attention: heads that recall items"),
    "kept": mark("Kept: dimensions that preserve a checkpoint's score"),
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
        t("Experiment"),
        there,
        **in_address(
            "experiment", there, there[first], lambda name: t(EXPERIMENTS.get(name, name))
        ),
    )
    here = law[law.experiment == experiment]
    criteria = list(dict.fromkeys(here.criterion))
    chosen = right.multiselect(
        t("Criterion"),
        criteria,
        key=f"criteria-{there.index(experiment)}",
        placeholder=t("all"),
        help=t(
            "What the dimensions must reach: a recall, a share of the gain or of the full score."
        ),
    )
    rows: pd.DataFrame = here[here.criterion.isin(chosen or criteria)]
    return rows


law = read(dimension.law)
if law.empty:
    safe_html.note(
        "info", t("No dimension has been measured yet. This command measures a part in a minute:")
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
    safe_html.note("info", t("This one runs every experiment in a few minutes:"))
    safe_html.code("rankcheck run plans/dimension.yaml")
    st.stop()
rows = choose_experiment(law)
tiles(rows)
needed(rows)
folded(t("The numbers of every cell"), lambda: table(rows), key="law")
open_as_sql(sql_of(dimension.law))
one_setting(rows)
