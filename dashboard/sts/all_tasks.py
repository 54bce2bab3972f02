"""The tab "All tasks": checkpoints × tasks in one setting, with the mean over tasks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.as_sql import open_as_sql, sql_of
from dashboard.language import mark, t
from dashboard.one_model.door import door
from dashboard.opened import opening_table
from dashboard.queries import sts as queries
from dashboard.queries.frame import records
from dashboard.sheet import download
from dashboard.sts.choice import choose_prompt, choose_setting, say_prompt
from dashboard.sts.prompt_names import Prompts

MEAN = mark("mean over tasks")


def all_tasks(scores: pd.DataFrame, prompts: Prompts) -> None:
    """Show checkpoints × tasks for one setting and one prompt of each checkpoint."""
    selected, chosen = choose_prompt(choose_setting(scores), prompts)
    matrix, tasks = by_task(selected)
    if scores.prompt.nunique() > 1:
        matrix.insert(2, "prompt", matrix.checkpoint.map(used_prompts(selected, prompts)))
    place = opening_table(
        matrix,
        list(matrix.checkpoint),
        "sts-by-task",
        click=("checkpoint", t("checkpoint")),
        of=str(hash(tuple(matrix.checkpoint))),  # in another setting their order is another one
        hide_index=True,
        height=min(420, 38 + 35 * len(matrix)),
        column_config={
            MEAN: st.column_config.NumberColumn(t(MEAN), format="%.2f"),
            **{name: st.column_config.NumberColumn(name, format="%.2f") for name in tasks},
        },
        alt=t("Spearman ×100 of each checkpoint on each task"),
    )
    st.caption(
        t(
            "Spearman ×100 at full width. The mean over tasks is unweighted; a checkpoint"
            " that lacks a task has none."
        )
    )
    say_prompt(chosen)
    if place is not None:
        names = dict(zip(distinct_names(scores), scores.checkpoint, strict=True))
        door(names[str(matrix.checkpoint.iloc[place])])
    open_as_sql(sql_of(queries.scores))
    download(matrix, "sts-by-task", t("Download this table"))


def by_task(scores: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return Spearman ×100 of checkpoints × tasks with the mean; and the tasks.

    If a checkpoint has several scores on a task, from different seeds for example, the best one
    counts. A checkpoint that lacks a task has no mean.

    Args:
        scores: Rows of `sts_scores` of one setting, at full width.
    """
    matrix = (
        scores.assign(checkpoint=distinct_names(scores), spearman=scores.spearman * 100)
        .pivot_table(index="checkpoint", columns="task", values="spearman", aggfunc="max")
        .reset_index()
    )
    tasks = [name for name in matrix.columns if name != "checkpoint"]
    mean = matrix[tasks].mean(axis="columns", skipna=False)
    matrix.insert(1, MEAN, mean)
    return matrix.sort_values(MEAN, ascending=False, na_position="last"), tasks


def distinct_names(scores: pd.DataFrame) -> list[str]:
    """Return the name of each row's checkpoint, with its digest where two have one name."""
    names = scores.drop_duplicates("checkpoint_digest")
    twice = set(names[names.checkpoint.duplicated(keep=False)].checkpoint)
    return [
        f"{row.checkpoint} ({row.checkpoint_digest[:8]})"
        if row.checkpoint in twice
        else row.checkpoint
        for row in records(scores)
    ]


def used_prompts(scores: pd.DataFrame, prompts: Prompts) -> dict[str, str]:
    """Return the name of the prompt that each checkpoint's scores are with."""
    used = {}
    for name, rows in scores.groupby(distinct_names(scores)):
        texts = list(rows.prompt.unique())
        one = prompts.label(texts[0], rows.checkpoint_digest.iloc[0])
        used[str(name)] = (
            one if len(texts) == 1 else t("{count} prompts, by task", count=len(texts))
        )
    return used
