"""Show any experiment with arms: what was measured, what came out, and what is claimed of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.claims.listing import rows_of, show_rows
from dashboard.claims.words import article_title, short_name
from dashboard.experiments.differences import differences
from dashboard.experiments.measured import measured
from dashboard.experiments.scores import scores
from dashboard.experiments.training import training
from dashboard.folded import in_address, tabbed
from dashboard.lab import head
from dashboard.language import mark, t
from dashboard.queries import claims, experiments
from dashboard.queries.frame import lacking
from dashboard.reading import read, say_outdated
from dashboard.verdicts import headlines
from evaluators import articles
from evaluators.articles import ARTICLES
from evaluators.described import articles_on, claims_on
from evaluators.result import LATE_IMPROVEMENT

EVERY = mark("every article")

head("screens/experiments.py")


def choose(choices: pd.DataFrame) -> tuple[str, str]:
    """Let people choose an article, one of its experiments, and a metric; return the last two."""
    known = list(dict.fromkeys(choices.evaluator))
    about = {evaluator: articles_on(evaluator) for evaluator in known}
    there = [each for each in ARTICLES if any(each in own for own in about.values())]
    left, middle, right = st.columns([2, 2, 2])
    labels = [EVERY, *(f"{each.number} {each.name}" for each in there)]
    label = left.selectbox(t("Article"), labels, **in_address("article", labels, EVERY, _every))
    number = int(str(label).split()[0]) if label not in (None, EVERY) else None
    offered = [e for e in known if number is None or articles.of(number) in about[e]]
    evaluator = middle.selectbox(t("Experiment"), offered, key="experiment", bind="query-params")
    metrics = [
        metric
        for metric in choices[choices.evaluator == evaluator].metric
        if metric != LATE_IMPROVEMENT
    ]
    metric = right.selectbox(t("Metric"), metrics, key="metric", bind="query-params")
    return str(evaluator), str(metric)


def _every(label: str) -> str:
    about = None if label == EVERY else articles.of(int(label.split()[0]))
    return t(label) if about is None else f"{about.number} {article_title(about)}"


def claimed(evaluator: str) -> None:
    """Show the claims that are judged on an experiment, each with its verdict."""
    standing = read(claims.standing)
    own = claims_on(evaluator)
    heads = headlines(standing[standing.claim.isin(own)])
    if len(heads):
        safe_html.show(show_rows(rows_of(heads)))
    open_ones = [name for name in own if name not in set(heads.claim)]
    if open_ones:
        safe_html.note(
            "info",
            t(
                "Not judged yet: {claims}. To judge all claims:",
                claims=t(", ").join(map(short_name, open_ones)),
            ),
        )
        safe_html.code("rankcheck claims")
    if not own:
        safe_html.note("info", t("No claim is judged on this experiment."))


def fill() -> None:
    """Show the commands that produce the results of this page."""
    safe_html.note("info", t("No experiment with arms has run yet. This command runs some:"))
    safe_html.code("rankcheck run plans/quickstart.yaml")


def show(choices: pd.DataFrame) -> None:
    """Show one experiment."""
    evaluator, metric = choose(choices)
    st.header(t("What was measured"))
    measured(
        evaluator,
        read(experiments.runs, evaluator),
        read(experiments.seeds, evaluator),
        articles_on(evaluator),
    )
    st.header(t("What came out"))
    tabbed(
        {
            mark("Scores"): lambda: scores(
                read(experiments.means, evaluator, metric), evaluator, metric
            ),
            mark("Differences"): lambda: differences(
                read(experiments.differences, evaluator, metric), evaluator, metric
            ),
            mark("Training curves"): lambda: training(
                read(experiments.curves, evaluator), evaluator
            ),
            mark("Claims"): lambda: claimed(evaluator),
        },
        key="experiment-view",
    )


missing = read(lacking, *experiments.VIEWS)
if missing:
    say_outdated(missing)
    fill()
else:
    known = read(experiments.choices)
    if known.empty:
        fill()
    else:
        show(known)
