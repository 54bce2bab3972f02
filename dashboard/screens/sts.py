"""Show the STS page: scores by task, pooling, whitening and dimension."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.forest import intervals
from dashboard.charts.lines import curve
from dashboard.folded import tabbed
from dashboard.overview_tables import beside_published, by_task, shown
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download

FILTERS = ("checkpoint", "task", "pooling", "whitening")

safe_html.heading(
    "Sentence similarity",
    "How well does each checkpoint grade sentence pairs, and how many dimensions does it need?",
)


def table(scores: pd.DataFrame) -> None:
    """Show every full-width score in a table, with filters above it."""
    selected = scores
    choosable = [column for column in FILTERS if scores[column].nunique() > 1]
    filters = st.columns(max(len(choosable), 1))
    for place, column in zip(filters, choosable, strict=False):
        with place:
            options = sorted(set(scores[column]))
            chosen = st.multiselect(
                column.capitalize(),
                options,
                key=f"only-{column}",
                bind="query-params",
                placeholder="all",
            )
        selected = selected[selected[column].isin(chosen or options)]
    st.dataframe(
        shown(selected),
        hide_index=True,
        height=min(420, 38 + 35 * max(len(selected), 1)),
        column_config={
            "spearman": st.column_config.NumberColumn("Spearman ×100", format="%.2f"),
            "interval": "95% interval",
            "pearson": st.column_config.NumberColumn("Pearson ×100", format="%.2f"),
        },
        alt="Spearman of each checkpoint, task, pooling and whitening",
    )
    everything = selected.drop(columns=["checkpoint_digest"]).assign(
        digest=selected.checkpoint_digest
    )
    download(everything, "sts-scores")


def one_task(scores: pd.DataFrame) -> None:
    """Show one checkpoint on one task: scores with intervals, and the curve over k."""
    st.header("One task, every dimension")
    names = scores.drop_duplicates("checkpoint_digest")
    duplicates = names.checkpoint.duplicated(keep=False)
    labels = {
        row.checkpoint_digest: f"{row.checkpoint} ({row.checkpoint_digest[:8]})"
        if is_duplicate
        else row.checkpoint
        for row, is_duplicate in zip(records(names), duplicates, strict=True)
    }
    left, right = st.columns(2)
    label = left.selectbox(
        "Checkpoint", list(labels.values()), key="checkpoint", bind="query-params"
    )
    digest = next(digest for digest, name in labels.items() if name == label)
    of_checkpoint = scores[scores.checkpoint_digest == digest]
    tasks = sorted(set(of_checkpoint.task))
    # Start with the task that has the most scores to compare.
    most_compared = tasks.index(of_checkpoint.task.value_counts(sort=True).index[0])
    task = right.selectbox("Task", tasks, index=most_compared, key="task", bind="query-params")
    at_every_k = read(sts.at_every_k, str(digest), str(task))
    best = at_every_k.iloc[int(at_every_k.spearman.argmax())]
    safe_html.tiles(
        [
            (
                "Best score, Spearman ×100",
                formatting.number(best.spearman * 100),
                f"{best.pooling}, {_vectors(best.whitening)}, k = {best.k}",
            ),
            (
                "Its 95% interval",
                formatting.interval(best.ci_low * 100, best.ci_high * 100),
                formatting.counted(int(best.pairs), "pair"),
            ),
        ],
        ["info", "plain"],
    )
    chart = intervals(at_every_k[at_every_k.is_full.astype(bool)])
    draw(chart, alternative=f"Scores with intervals on {task}")
    points = read(sts.curve, str(digest), str(task))
    if points.empty:
        safe_html.note("info", "No curve is stored for this task.")
        return
    draw(curve(points, at_every_k), alternative=f"Spearman against k on {task}")
    st.caption(
        "Bars are 95% intervals, at every k that has one. A curve shows the score with the first k"
        " dimensions of the raw vectors, or of whitened ones, whose dimensions are sorted by"
        " variance."
    )


def across(scores: pd.DataFrame) -> None:
    """Show checkpoints × tasks for one pooling and one whitening."""
    left, right = st.columns(2)
    chosen = []
    for place, name, default in ((left, "pooling", "native"), (right, "whitening", "none")):
        options = list(dict.fromkeys([default, *sorted(set(scores[name]))]))
        options = [option for option in options if option in set(scores[name])]
        chosen.append(
            place.selectbox(f"{name.capitalize()} for all tasks", options, key=f"of-{name}")
        )
    selected = scores[
        scores.is_full.astype(bool)
        & (scores.pooling == chosen[0])
        & (scores.whitening == chosen[1])
    ]
    if selected.empty:
        safe_html.note("info", "No checkpoint was measured with this pooling and this whitening.")
        return
    matrix, tasks = by_task(selected)
    st.dataframe(
        matrix,
        hide_index=True,
        height=min(420, 38 + 35 * len(matrix)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(name, format="%.2f")
            for name in ("mean over tasks", *tasks)
        },
        alt="Spearman ×100 of each checkpoint on each task",
    )
    st.caption(
        "Spearman ×100 at full width. The mean over tasks is unweighted; a checkpoint that lacks a"
        " task has none."
    )
    download(matrix, "sts-by-task", "Download this table")


def _vectors(whitening: str) -> str:
    return "raw vectors" if whitening == "none" else f"whitened on {whitening}"


scores = read(sts.scores)
if scores.empty:
    safe_html.note(
        "info", "No sentence pairs have been scored yet. This command scores some in half a minute:"
    )
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()
tabbed(
    {
        "All tasks": lambda: across(scores),
        "Every score": lambda: table(scores),
        "One task, every dimension": lambda: one_task(scores),
        "Published": lambda: beside_published(read(sts.published)),
    },
    key="sts-view",
)
