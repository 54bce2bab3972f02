"""All CLUE tasks: what was learned beside the floors, and the best of each checkpoint."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.clue.told import method_words
from dashboard.clue.ways import HEADLINES


def learned(floors: pd.DataFrame) -> None:
    """Show what was learned of each task beside what needs no model at all."""
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = floors.assign(order=[order.get(m, len(order)) for m in floors.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    if first.empty:
        return
    st.header("Is anything learned?")
    hundred = ("value", "floor_value", "difference", "error")
    shown = first.drop(columns=["order"]).assign(
        method=[method_words(method) for method in first.method],
        **{name: first[name].astype(float) * 100 for name in hundred},
    )
    st.dataframe(
        shown,
        hide_index=True,
        height=min(390, 38 + 35 * len(shown)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(label, format=form)
            for name, label, form in (
                ("value", "score ×100", "%.2f"),
                ("floor_value", "floor ×100", "%.2f"),
                ("difference", "above it ×100", "%+.2f"),
                ("error", "standard error ×100", "%.2f"),
            )
        }
        | {"trained_on": "trained on"},
        alt="Scores beside the better of the constant predictions and TF-IDF",
    )
    st.caption(
        "The floor is the better of constant predictions and TF-IDF with a linear model. Above or"
        " below it means by two standard errors, over examples and seeds together."
    )


def across(tasks: pd.DataFrame) -> None:
    """Show the best of each checkpoint and mode on every task."""
    st.header("All tasks")
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = tasks.assign(order=[order.get(m, len(order)) for m in tasks.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    how = first["mode"] + first.transfer.map({True: ", trained on another task", False: ""})
    table = (
        first.assign(how=how, best=first.best * 100)
        .pivot_table(index=["checkpoint", "how"], columns="task", values="best", aggfunc="max")
        .reset_index()
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f")
            for name in table.columns
            if name not in ("checkpoint", "how")
        },
        alt="The best of each checkpoint on every task",
    )
    metrics = first.drop_duplicates("task").sort_values("task")
    said = ", ".join(f"{row.task} {row.metric}" for row in metrics.itertuples())
    inert.show(
        inert.tag(
            "p", f"The best mean over seeds of any head and method, ×100: {said}.", css="rc-words"
        )
    )
