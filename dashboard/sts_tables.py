"""The STS page's tables: scores ×100, and published numbers beside them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.sheet import download


def shown(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores as people read them: ×100, with the interval beside them."""
    return pd.DataFrame(
        {
            "checkpoint": scores.checkpoint,
            "task": scores.task,
            "spearman": scores.spearman * 100,
            "interval": [
                words.interval(low * 100, high * 100)
                for low, high in zip(scores.ci_low, scores.ci_high, strict=True)
            ],
            "pooling": scores.pooling,
            "whitening": scores.whitening,
            "k": scores.k,
            "pearson": scores.pearson * 100,
            "pairs": scores.pairs,
            "language": scores.language,
            "prompt": scores.prompt,
            "dtype": scores["dtype"],
        }
    )


def by_task(scores: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return checkpoints × tasks, Spearman ×100, with the mean over tasks; and the tasks.

    Where one checkpoint was measured several times on a task, with other prompts for example, the
    best counts. A mean is missing where a task is.

    Args:
        scores: Rows of `sts_scores` of one pooling and one whitening, at full width.
    """
    names = scores.drop_duplicates("checkpoint_digest")
    twice = set(names[names.checkpoint.duplicated(keep=False)].checkpoint)
    told = [
        f"{row.checkpoint} ({row.checkpoint_digest[:8]})"
        if row.checkpoint in twice
        else row.checkpoint
        for row in scores.itertuples()
    ]
    matrix = (
        scores.assign(checkpoint=told, spearman=scores.spearman * 100)
        .pivot_table(index="checkpoint", columns="task", values="spearman", aggfunc="max")
        .reset_index()
    )
    tasks = [name for name in matrix.columns if name != "checkpoint"]
    mean = matrix[tasks].mean(axis="columns", skipna=False)
    matrix.insert(1, "mean over tasks", mean)
    return matrix.sort_values("mean over tasks", ascending=False, na_position="last"), tasks


def beside_published(published: pd.DataFrame) -> None:
    """Show published numbers beside ours."""
    st.header("Published beside measured")
    if published.empty:
        inert.note("info", "Nothing measured here has a published number on record.")
        return
    per_cent = 100 / published.unit_max
    beside = pd.DataFrame(
        {
            "checkpoint": published.checkpoint,
            "task": published.task,
            "metric": published.metric,
            "published": (published.published * per_cent).round(6),
            "measured": (published.measured * per_cent).round(6),
            "difference": (published.difference * per_cent).round(3) + 0.0,
            "pooling": published.pooling,
            "whitening": published.whitening,
            "matched_by": published.matched_by,
            "source": published.source,
        }
    )
    st.dataframe(
        beside,
        hide_index=True,
        column_config={
            "published": st.column_config.NumberColumn("published ×100", format="%.2f"),
            "measured": st.column_config.NumberColumn("measured ×100", format="%.2f"),
            "difference": st.column_config.NumberColumn("difference ×100", format="%+.3f"),
            "matched_by": "matched by",
        },
        alt="Published scores beside measured ones",
    )
    download(beside, "published-vs-measured")
