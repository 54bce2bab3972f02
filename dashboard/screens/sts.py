"""Show the STS page: scores by task, setting, prompt and size; pairs of two classes."""

from __future__ import annotations

import streamlit as st

from dashboard import safe_html
from dashboard.folded import tabbed
from dashboard.lab import head
from dashboard.language import mark, t
from dashboard.queries import sts
from dashboard.reading import read
from dashboard.sts.all_tasks import all_tasks
from dashboard.sts.by_prompt import by_prompt
from dashboard.sts.by_size import by_size
from dashboard.sts.every_score import every_score
from dashboard.sts.one_task import one_task
from dashboard.sts.pair_scores import pair_scores
from dashboard.sts.prompt_names import known_prompts
from dashboard.sts.published import published

head("screens/sts.py")

scores = read(sts.scores)
if scores.empty and read(sts.pair_scores).empty:
    safe_html.note(
        "info",
        t("No sentence pairs have been scored yet. This command scores some in half a minute:"),
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
    st.stop()
prompts = known_prompts()
of_scores = {
    mark("All tasks"): lambda: all_tasks(scores, prompts),
    mark("Every score"): lambda: every_score(scores, prompts),
    mark("One task, every dimension"): lambda: one_task(scores, prompts),
    mark("Prompts"): lambda: by_prompt(scores, prompts),
    mark("Size"): lambda: by_size(prompts),
}
tabbed(
    {
        **({} if scores.empty else of_scores),
        mark("Pair classification"): lambda: pair_scores(prompts),
        mark("Published"): lambda: published(prompts),
    },
    key="sts-view",
)
