"""One way of training class by class: precision, recall, what is taken for what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.charts.confusion import confusion
from dashboard.charts.drawing import draw
from dashboard.clue.told import told
from dashboard.queries import clue
from dashboard.reading import read


def classes(means: pd.DataFrame) -> None:
    """Show the classes of one way of training: precision, recall, F1, what is taken for what."""
    labels = told(means)
    place = st.selectbox(
        "The newest run of", range(len(means)), format_func=labels.__getitem__, key="way"
    )
    run_id, post = str(means.run_id.iloc[place]), str(means.post.iloc[place])
    found = read(clue.classes, run_id, post)
    if found.empty:
        inert.note("info", "No classes were kept for this run.")
    else:
        st.dataframe(
            found.assign(**{c: found[c] * 100 for c in ("precision", "recall", "f1")}),
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(f"{label} ×100", format="%.1f")
                for name, label in (
                    ("precision", "precision"),
                    ("recall", "recall"),
                    ("f1", "F1"),
                )
            }
            | {"gold": st.column_config.NumberColumn("examples")},
            alt="Precision, recall and F1 of every class",
        )
    counts = read(clue.confusions, run_id, post)
    if len(counts):
        draw(confusion(counts), alternative="Which class was taken for which")
    st.page_link(
        "screens/runs.py",
        label="Everything about this run",
        icon=":material/history:",
        query_params={"run": run_id},
    )
