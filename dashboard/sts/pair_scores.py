"""The tab "Pair classification": do two sentences say the same, yes or no?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.charts.drawing import FOUND, draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.folded import in_address
from dashboard.language import mark, sentences, t
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sts.all_tasks import distinct_names, used_prompts
from dashboard.sts.choice import OWN, choose_prompt, choose_setting, say_prompt, selected
from dashboard.sts.every_score import interval_texts
from dashboard.sts.nothing import nothing
from dashboard.sts.prompt_names import Prompts

METRICS = {mark("average precision"): "ap", mark("accuracy"): "accuracy", mark("F1"): "f1"}

_SIMILARITIES = {
    mark("the best of the four"): "max",
    mark("cosine"): "cosine",
    mark("dot product"): "dot",
    mark("Manhattan distance"): "manhattan",
    mark("Euclidean distance"): "euclidean",
}
CHECKPOINT = mark("checkpoint")
_EXPLAINED = {
    "ap": mark("Average precision needs no threshold: pairs are sorted by similarity."),
    "accuracy": mark("Accuracy is at the threshold that is best on these very pairs."),
    "f1": mark("F1 is at the threshold that is best on these very pairs."),
}


def pair_scores(prompts: Prompts) -> None:
    """Show checkpoints × tasks of one metric, its intervals, and every number."""
    scores = read(sts.pair_scores)
    if scores.empty:
        nothing(
            t("No pairs of two classes have been scored yet. This plan scores some:"),
            "poolings: [native]",
            tasks="Ocnli, TwitterURLCorpus",
        )
        return
    left, right = st.columns(2)
    names, similarities = list(METRICS), list(_SIMILARITIES)
    metric_name = str(
        left.selectbox(t("Metric"), names, **in_address("pair-metric", names, names[0]))
    )
    similarity = str(
        right.selectbox(
            t("Similarity"), similarities, **in_address("similarity", similarities, similarities[0])
        )
    )
    metric = METRICS[metric_name]
    metric_name = t(metric_name)
    rows, chosen = choose_prompt(choose_setting(scores), prompts)
    every_similarity = rows.assign(checkpoint=distinct_names(rows)).drop_duplicates(
        ["checkpoint_digest", "task", "similarity"]
    )
    rows = every_similarity[every_similarity.similarity == _SIMILARITIES[similarity]]
    matrix = rows.assign(value=rows[metric] * 100).pivot_table(
        index="checkpoint", columns="task", values="value"
    )
    tasks = list(matrix.columns)
    matrix = matrix.sort_values(tasks[0], ascending=False).reset_index()
    if chosen == OWN:
        matrix["prompt"] = matrix.checkpoint.map(used_prompts(rows, prompts))
    tables.table(
        matrix,
        hide_index=True,
        height=min(420, 38 + 35 * len(matrix)),
        column_config={task: st.column_config.NumberColumn(task, format="%.2f") for task in tasks},
        alt=t("{metric} ×100 of each checkpoint on each task", metric=metric_name),
    )
    say_prompt(chosen)
    download(matrix, f"pair-classification-{metric}-by-task", t("Download this table"))
    _intervals(rows, metric, metric_name)
    _table(every_similarity, prompts, chosen)
    open_as_sql(sql_of(sts.pair_scores))
    download(scores, "pair-classification")


def _intervals(rows: pd.DataFrame, metric: str, metric_name: str) -> None:
    """Draw one task's checkpoints with their intervals, and explain these."""
    st.header(t("With intervals"))
    counts = rows.task.value_counts()
    tasks = sorted(counts.index, key=lambda task: (-counts[task], task))
    task = selected(st.selectbox, t("Task"), tasks, "task")
    of_task = rows[rows.task == task].sort_values(metric, ascending=False)
    points = pd.DataFrame(
        {
            "label": of_task.checkpoint,
            "value": of_task[metric] * 100,
            "low": of_task[f"{metric}_low"].astype(float) * 100,
            "high": of_task[f"{metric}_high"].astype(float) * 100,
            "kind": CHECKPOINT,
        }
    )
    draw(
        forest(
            points.head(MOST),
            t("{metric} ×100, 95% interval", metric=metric_name),
            {CHECKPOINT: Mark(FOUND, "circle")},
        ),
        alternative=t("{metric} of each checkpoint with its interval", metric=metric_name),
    )
    explained = t(_EXPLAINED[metric])
    if metric != "ap":
        lost = of_task[f"{metric}_optimism"].astype(float) * 100
        more = t(
            "So it is too high for new ones: here by {least:.2f} to {most:.2f} points, as the"
            " bootstrap estimates it (the best threshold of each resample, applied to all pairs)."
            " The interval is corrected for this and speaks about new pairs, so the mark may lie"
            " above its own interval.",
            least=lost.min(),
            most=lost.max(),
        )
        explained = sentences(explained, more)
    safe_html.show(safe_html.tag("p", explained, css="rc-words"))


def _table(rows: pd.DataFrame, prompts: Prompts, chosen: str) -> None:
    st.header(t("Every similarity"))
    named = {value: name for name, value in _SIMILARITIES.items()}
    columns: dict[str, object] = {
        "checkpoint": rows.checkpoint,
        "task": rows.task,
        "similarity": rows.similarity.map(named).map(t),
    }
    for metric in METRICS.values():
        columns[metric] = rows[metric] * 100
        columns[f"{metric}_interval"] = interval_texts(
            rows[f"{metric}_low"], rows[f"{metric}_high"]
        )
        if metric != "ap":
            columns[f"{metric}_optimism"] = rows[f"{metric}_optimism"].astype(float) * 100
            columns[f"{metric}_threshold"] = rows[f"{metric}_threshold"].astype(float)
    columns["pairs"] = rows.pairs
    if chosen == OWN:
        columns["prompt"] = [
            prompts.label(row.prompt, row.checkpoint_digest) for row in records(rows)
        ]
    number = st.column_config.NumberColumn
    heads = {"ap": "AP", "accuracy": t("accuracy"), "f1": "F1"}
    tables.table(
        pd.DataFrame(columns).sort_values(["checkpoint", "task"], kind="stable"),
        hide_index=True,
        height=min(420, 38 + 35 * len(rows)),
        column_config={
            **{name: number(f"{head} ×100", format="%.2f") for name, head in heads.items()},
            **{f"{name}_interval": f"{head}, 95%" for name, head in heads.items()},
            **{
                f"{name}_{part}": number(t(words, metric=heads[name]), format=form)
                for name in ("accuracy", "f1")
                for part, words, form in (
                    ("optimism", mark("{metric}, too high by"), "%.2f"),
                    ("threshold", mark("{metric}, threshold"), "%.4g"),
                )
            },
        },
        alt=t("Scores of pairs of two classes under every similarity"),
    )
