"""What was measured: in the experiment's own words, with seeds, level and what was cut."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.experiments.tables import query, table
from dashboard.folded import folded
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
    words = known.first if known else "An evaluator that this version does not know."
    safe_html.show(safe_html.tag("p", words, css="rc-claim"))
    row = seeds.iloc[0]
    cut = smoke(evaluator, runs.parameters)
    if cut:
        safe_html.note(
            "warning", "Smoke run: less than the default budget, so no claim is judged on it.", cut
        )
    facts: list[tuple[object, object]] = [
        ("Level", ", ".join(LEVELS[level] for level in levels(evaluator, runs.parameters)) or "–"),
        ("Seeds", _seeds(int(row.seeds), int(row.first_seed), int(row.last_seed))),
        ("Settings", f"{row.settings}, in {formatting.counted(len(runs), 'run')}"),
        ("Budget", cut or "the default or more"),
        ("Measured", f"{formatting.moment(row.finished_at)}, {_seconds(runs)}"),
        ("Source", known.file if known else "–"),
    ]
    facts += [
        (
            "Article",
            safe_html.Html(
                safe_html.text(f"{each.title_zh} ({each.published_on}): {each.title_en} ")
                + safe_html.link("open ↗", each.url)
            ),
        )
        for each in about
    ]
    safe_html.facts(facts)
    folded("What is done, in full", lambda: _in_full(known.words if known else ""), key="words")
    folded(
        "Every run with its parameters",
        lambda: table(runs, {"seconds": "seconds"}, "The runs", "experiment-runs"),
        key="runs",
    )
    query(experiments.RUNS, "runs", evaluator=evaluator)


def _in_full(words: str) -> None:
    paragraphs = [" ".join(each.split()) for each in words.split("\n\n")]
    safe_html.show(*(safe_html.tag("p", each) for each in paragraphs))


def _seeds(count: int, first: int, last: int) -> str:
    return str(first) if count == 1 else f"{count}: {first} to {last}"


def _seconds(runs: pd.DataFrame) -> str:
    return f"in {formatting.duration(float(runs.seconds.sum()))} of runs" if len(runs) else "–"
