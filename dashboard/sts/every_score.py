"""The tab "Every score": one row for each checkpoint, task and setting."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.language import t
from dashboard.one_model.door import door
from dashboard.opened import opening_table
from dashboard.queries import sts as queries
from dashboard.sheet import download
from dashboard.sts.choice import choose_prompt, say_prompt
from dashboard.sts.prompt_names import NO_PROMPT, Prompts

FILTERS = ("checkpoint", "task", "pooling", "whitening")


def every_score(scores: pd.DataFrame, prompts: Prompts) -> None:
    """Show every full-width score in a table, with filters above it."""
    selected, chosen = choose_prompt(scores, prompts, every=True)
    choosable = [column for column in FILTERS if scores[column].nunique() > 1]
    filters = st.columns(max(len(choosable), 1))
    for place, column in zip(filters, choosable, strict=False):
        options = sorted(set(scores[column]))
        only = place.multiselect(
            t(column).capitalize(),
            options,
            key=f"only-{column}",
            bind="query-params",
            placeholder=t("all"),
        )
        selected = selected[selected[column].isin(only or options)]
    ticked = opening_table(
        shown(selected),
        names_of(selected),
        "sts-every-score",
        click=("checkpoint", t("checkpoint")),
        of=str(hash(tuple(selected.index))),  # with other filters they are other rows
        hide_index=True,
        height=min(420, 38 + 35 * max(len(selected), 1)),
        column_config={
            "spearman": st.column_config.NumberColumn(t("Spearman ×100"), format="%.2f"),
            "interval": t("95% interval"),
            "pearson": st.column_config.NumberColumn(t("Pearson ×100"), format="%.2f"),
        },
        alt=t("Spearman of each checkpoint, task, pooling and whitening"),
    )
    say_prompt(chosen)
    if ticked is not None:
        door(str(selected.checkpoint.iloc[ticked]))
    open_as_sql(sql_of(queries.scores))
    everything = selected.drop(columns=["checkpoint_digest"]).assign(
        digest=selected.checkpoint_digest
    )
    download(everything, "sts-scores")


def names_of(scores: pd.DataFrame) -> list[str]:
    """Return what each score is called: checkpoint, task and setting."""
    parts = [scores[name].astype(str) for name in FILTERS]
    return [" · ".join(row) for row in zip(*parts, strict=True)]


def shown(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores for display: ×100, with their interval and the whole prompt."""
    return pd.DataFrame(
        {
            "checkpoint": scores.checkpoint,
            "task": scores.task,
            "spearman": scores.spearman * 100,
            "interval": interval_texts(scores.ci_low, scores.ci_high),
            "pooling": scores.pooling,
            "whitening": scores.whitening,
            "prompt": whole_prompts(scores.prompt),
            "k": scores.k,
            "pearson": scores.pearson * 100,
            "pairs": scores.pairs,
            "language": scores.language,
            "dtype": scores["dtype"],
        }
    )


def interval_texts(low: pd.Series, high: pd.Series) -> list[str]:
    """Return intervals ×100 as texts."""
    return [
        formatting.interval(a * 100, b * 100)
        for a, b in zip(low.astype(float), high.astype(float), strict=True)
    ]


def whole_prompts(prompts: pd.Series) -> pd.Series:
    """Return the texts of prompts for a cell, which shows its first line and opens on Enter."""
    return prompts.replace({"": t(NO_PROMPT)})
