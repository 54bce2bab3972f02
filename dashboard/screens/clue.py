"""What does a checkpoint reach on the Chinese CLUE tasks, and which method adds to it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.clue.classes import classes
from dashboard.clue.paired import paired
from dashboard.clue.tasks import across, learned
from dashboard.clue.ways import HEADLINES, summary, ways
from dashboard.queries import clue
from dashboard.queries.known import lacking
from dashboard.reading import read

inert.heading(
    "CLUE", "What does a checkpoint reach on the Chinese CLUE tasks, and which method adds to it?"
)


def fill() -> None:
    """Say which commands make what the page shows."""
    inert.note("info", "No CLUE task has been scored yet. A cut of it comes with:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    inert.note("info", "And five tasks, a small BERT beside the floors, in some 40 minutes, with:")
    st.code("rankcheck run plans/clue-small.yaml", language="bash")


def one_task(choices: pd.DataFrame) -> None:
    """Let people choose a task and a metric; show every way of training on it."""
    left, middle, right = st.columns([2, 1, 2])
    tasks = list(dict.fromkeys(choices.task))
    task = left.selectbox("Task", tasks, key="task", bind="query-params")
    of_task = choices[choices.task == task]
    splits = list(dict.fromkeys(of_task.split))
    split = middle.selectbox("Split", splits, key="split")
    metrics = list(of_task[of_task.split == split].metric)
    ordered = [m for m in HEADLINES if m in metrics]
    ordered += [m for m in metrics if m not in ordered]
    metric = right.selectbox("Metric", ordered, key="metric", bind="query-params")
    means = read(clue.means, str(task), str(split), str(metric))
    summary(means, str(metric))
    ways(means, str(metric))
    classes(means)


missing = read(lacking, *clue.VIEWS)
choices = pd.DataFrame() if missing else read(clue.choices)
# This view stands on the others.
arms = pd.DataFrame() if missing or read(lacking, *clue.ARMS) else read(clue.differences)
if missing:
    inert.note(
        "warning",
        f"This store was made by older code: it lacks {', '.join(missing)}. This adds what is new:",
    )
    st.code("rankcheck db upgrade", language="bash")
if choices.empty:
    fill()
else:
    one_task(choices)
if len(arms):
    paired(arms)
if len(choices):
    learned(read(clue.floors))
    across(read(clue.tasks))
