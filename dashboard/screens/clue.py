"""What does a checkpoint reach on the Chinese CLUE tasks, and which method adds to it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.clue.paired import classes, paired
from dashboard.clue.ways import HEADLINES, across, learned, summary, ways
from dashboard.folded import folded, tabbed
from dashboard.queries import clue
from dashboard.queries.frame import lacking
from dashboard.reading import read

safe_html.heading(
    "CLUE", "What does a checkpoint reach on the Chinese CLUE tasks, and which method adds to it?"
)


def fill() -> None:
    """Say which commands make what the page shows."""
    safe_html.note("info", "No CLUE task has been scored yet. A cut of it comes with:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    safe_html.note(
        "info", "And five tasks, a small BERT beside the floors, in some 40 minutes, with:"
    )
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
    folded("Class by class", lambda: classes(means), key="classes")


def arms() -> None:
    """Show arms compared seed by seed, where there are any."""
    # This view stands on the others.
    found = pd.DataFrame() if missing or read(lacking, *clue.ARMS) else read(clue.differences)
    if len(found):
        paired(found)
    elif len(choices):
        safe_html.note("info", "No two ways of training share a setting and a seed.")


def every_task() -> None:
    """Show all tasks: beside the floors, and the best of each checkpoint."""
    learned(read(clue.floors))
    across(read(clue.tasks))


missing = read(lacking, *clue.VIEWS)
choices = pd.DataFrame() if missing else read(clue.choices)
if missing:
    safe_html.note(
        "warning",
        f"This store was made by older code: it lacks {', '.join(missing)}. This adds what is new:",
    )
    st.code("rankcheck db upgrade", language="bash")
if choices.empty:
    fill()
    arms()  # the small experiments need no CLUE task
else:
    tabbed(
        {
            "One task": lambda: one_task(choices),
            "Methods and heads": arms,
            "All tasks": every_task,
        },
        key="clue-view",
    )
