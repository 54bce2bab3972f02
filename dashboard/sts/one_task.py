"""The tab "One task, every dimension": one checkpoint's scores and its curve over k."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.charts.drawing import draw
from dashboard.charts.forest import intervals
from dashboard.charts.lines import curve
from dashboard.language import nt, t
from dashboard.queries import sts
from dashboard.reading import read
from dashboard.sts.all_tasks import distinct_names
from dashboard.sts.choice import selected
from dashboard.sts.prompt_names import Prompts


def one_task(scores: pd.DataFrame, prompts: Prompts) -> None:
    """Show one checkpoint on one task: scores with intervals, and the curve over k."""
    st.header(t("One task, every dimension"))
    left, right = st.columns(2)
    labels = pd.Series(distinct_names(scores), index=scores.index)
    label = selected(left.selectbox, t("Checkpoint"), list(dict.fromkeys(labels)), "checkpoint")
    of_checkpoint = scores[labels == label]
    digest = str(of_checkpoint.checkpoint_digest.iloc[0])
    tasks = sorted(set(of_checkpoint.task))
    # Start with the task that has the most scores to compare.
    most_compared = of_checkpoint.task.value_counts(sort=True).index[0]
    task = selected(right.selectbox, t("Task"), tasks, "task", most_compared)
    at_every_k = read(sts.at_every_k, digest, task)
    prompt = _prompt(at_every_k, digest, prompts)
    at_every_k = at_every_k[at_every_k.prompt == prompt].reset_index(drop=True)
    best = at_every_k.iloc[int(at_every_k.spearman.argmax())]
    safe_html.tiles(
        [
            (
                t("Best score, Spearman ×100"),
                formatting.number(best.spearman * 100),
                f"{best.pooling}, {_vectors(best.whitening)}, k = {best.k}",
            ),
            (
                "Its 95% interval",
                formatting.interval(best.ci_low * 100, best.ci_high * 100),
                nt("{count:,} pair", "{count:,} pairs", int(best.pairs)),
            ),
        ],
        ["info", "plain"],
    )
    chart = intervals(at_every_k[at_every_k.is_full.astype(bool)])
    draw(chart, alternative=t("Scores with intervals on {task}", task=task))
    points = read(sts.curve, digest, task)
    points = points[points.prompt == prompt]
    if points.empty:
        safe_html.note("info", t("No curve is stored for this task."))
        return
    draw(curve(points, at_every_k), alternative=t("Spearman against k on {task}", task=task))
    st.caption(
        t(
            "Bars are 95% intervals, at every k that has one. A curve shows the score with"
            " the first k dimensions of the raw vectors, or of whitened ones, whose"
            " dimensions are sorted by variance."
        )
    )
    open_as_sql(sql_of(sts.curve, digest, task))


def _prompt(scores: pd.DataFrame, digest: str, prompts: Prompts) -> str:
    """Offer a choice where several prompts were scored; return the text, and say it."""
    own = str(prompts.own(scores).iloc[0])
    by_name: dict[str, str] = {
        prompts.label(text, digest): text for text in sorted(set(scores.prompt))
    }
    if len(by_name) > 1:
        default = prompts.label(own, digest)
        return by_name[selected(st.selectbox, t("Prompt"), list(by_name), "prompt-here", default)]
    if own:
        safe_html.show(
            safe_html.tag(
                "p",
                safe_html.sentence("With the prompt {prompt}.", prompt=next(iter(by_name))),
                css="rc-words",
            )
        )
    return own


def _vectors(whitening: str) -> str:
    return t("raw vectors") if whitening == "none" else t("whitened on {data}", data=whitening)
