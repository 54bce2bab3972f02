"""The CLUE page: scores on the Chinese CLUE tasks, and methods compared by seed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.clue.examples import examples
from dashboard.clue.paired import classes, paired
from dashboard.clue.ways import HEADLINES, across, learned, summary, ways
from dashboard.folded import folded, tabbed
from dashboard.lab import head
from dashboard.language import mark, t
from dashboard.queries import clue
from dashboard.queries.frame import lacking
from dashboard.reading import read, say_outdated

head("screens/clue.py")


def fill() -> None:
    """Show the commands that produce the results of this page."""
    safe_html.note(
        "info",
        t(
            "No CLUE task has been scored yet. This command scores five tasks with a small"
            " BERT and the baselines, in about 40 minutes:"
        ),
    )
    safe_html.code("rankcheck run plans/clue-small.yaml")


def one_task(choices: pd.DataFrame) -> None:
    """Offer a choice of task and metric, and show every configuration on it."""
    left, middle, right = st.columns([2, 1, 2])
    tasks = list(dict.fromkeys(choices.task))
    task = left.selectbox(t("Task"), tasks, key="task", bind="query-params")
    of_task = choices[choices.task == task]
    splits = list(dict.fromkeys(of_task.split))
    split = middle.selectbox(t("Split"), splits, key="split")
    metrics = list(of_task[of_task.split == split].metric)
    ordered = [m for m in HEADLINES if m in metrics]
    ordered += [m for m in metrics if m not in ordered]
    metric = right.selectbox(t("Metric"), ordered, key="metric", bind="query-params")
    means = read(clue.means, str(task), str(split), str(metric))
    summary(means, str(metric))
    ways(means, str(metric))
    open_as_sql(sql_of(clue.means, str(task), str(split), str(metric)))
    folded(t("Class by class"), lambda: classes(means), key="classes")


def arms() -> None:
    """Show arms compared seed by seed, if there are any."""
    # This view reads the others, so that it cannot be used while one of them is missing.
    differences = pd.DataFrame() if missing or read(lacking, *clue.ARMS) else read(clue.differences)
    if len(differences):
        paired(differences)
        open_as_sql(sql_of(clue.differences))
    elif len(choices):
        safe_html.note("info", t("No two configurations share a setting and a seed."))


def every_task() -> None:
    """Show all tasks: compared with the baselines, and the best of each checkpoint."""
    learned(read(clue.floors))
    open_as_sql(sql_of(clue.floors))
    across(read(clue.tasks))
    open_as_sql(sql_of(clue.tasks))


missing = read(lacking, *clue.VIEWS)
choices = pd.DataFrame() if missing else read(clue.choices)
if missing:
    say_outdated(missing)
if choices.empty:
    fill()
    arms()  # the small experiments need no CLUE task
else:
    tabbed(
        {
            mark("One task"): lambda: one_task(choices),
            mark("Methods and heads"): arms,
            mark("All tasks"): every_task,
            mark("Examples"): lambda: examples(choices),
        },
        key="clue-view",
    )
