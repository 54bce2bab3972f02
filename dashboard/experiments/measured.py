"""What was measured: in the experiment's own words, with seeds, level and what was cut."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.claims.reasons import translated
from dashboard.claims.words import article_title
from dashboard.experiments.tables import query, table
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.queries import experiments
from dashboard.verdicts import LEVELS
from evaluators.articles import Article
from evaluators.described import describe, levels, smoke


def measured(
    evaluator: str, runs: pd.DataFrame, seeds: pd.DataFrame, about: Sequence[Article]
) -> None:
    """Show what an experiment is and how much of it was measured.

    Args:
        evaluator: Its name.
        runs: As `queries.experiments.runs` returns them.
        seeds: As `queries.experiments.seeds` returns them.
        about: The articles that make claims on it.
    """
    known = describe(evaluator)
    words = t(known.first) if known else t("An evaluator that this version does not know.")
    safe_html.show(safe_html.tag("p", words, css="rc-claim"))
    row = seeds.iloc[0]
    cut = smoke(evaluator, runs.parameters)
    if cut:
        safe_html.note(
            "warning",
            t("Smoke run: less than the default budget, so no claim is judged on it."),
            translated(cut),
        )
    facts: list[tuple[object, object]] = [
        (
            t("Level"),
            t(", ").join(t(LEVELS[level]) for level in levels(evaluator, runs.parameters)) or "–",
        ),
        (t("Seeds"), _seeds(int(row.seeds), int(row.first_seed), int(row.last_seed))),
        (
            t("Settings"),
            nt(
                "{settings}, in {count:,} run",
                "{settings}, in {count:,} runs",
                len(runs),
                settings=row.settings,
            ),
        ),
        (t("Budget"), translated(cut) if cut else t("the default or more")),
        (t("Measured"), t(", ").join((formatting.moment(row.finished_at), _seconds(runs)))),
        (t("Source"), known.file if known else "–"),
    ]
    facts += [
        (
            t("Article"),
            safe_html.Html(
                safe_html.text(f"{article_title(each)} ({each.published_on}) ")
                + safe_html.link(t("open ↗"), each.url)
            ),
        )
        for each in about
    ]
    safe_html.facts(facts)
    folded(t("What is done, in full"), lambda: _in_full(known.words if known else ""), key="words")
    folded(
        t("Every run with its parameters"),
        lambda: table(runs, {"seconds": t("seconds")}, t("The runs"), "experiment-runs"),
        key="runs",
    )
    query(experiments.RUNS, "runs", evaluator=evaluator)


def paragraphs(words: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line."""
    return [" ".join(each.split()) for each in words.split("\n\n") if each.strip()]


def _in_full(words: str) -> None:
    parts = [safe_html.tag("p", t(each)) for each in paragraphs(words)]
    if parts:  # an evaluator that this version does not know has none
        safe_html.show(*parts)


def _seeds(count: int, first: int, last: int) -> str:
    return (
        str(first)
        if count == 1
        else t("{count}: {first} to {last}", count=count, first=first, last=last)
    )


def _seconds(runs: pd.DataFrame) -> str:
    return (
        t("in {time} of runs", time=formatting.duration(float(runs.seconds.sum())))
        if len(runs)
        else "–"
    )
