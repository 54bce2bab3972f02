"""One claim: its verdict, the number that decided it, its source, the page behind it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.claims.evidence import evidence, show_evidence
from dashboard.claims.history import show_history
from dashboard.links import sources
from dashboard.verdicts import kind

_PAGES = {
    "dimension": ("screens/dimension.py", "The experiments on the dimension page"),
    "batch_sweep": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "gradient_accumulation": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "clue": ("screens/clue.py", "The experiments on the CLUE page"),
    "arm": ("screens/clue.py", "The experiments on the CLUE page"),
    "sts": ("screens/sts.py", "The scores on the STS page"),
}


def show(
    head: pd.Series, known: pd.Series | None, standing: pd.DataFrame, history: pd.DataFrame
) -> None:
    """Show one claim.

    Args:
        head: The verdict that is shown first.
        known: The claim in its newest wording; None where the store has verdicts alone.
        standing: The verdicts that count now.
        history: Every verdict, newest first.
    """
    sentence = head.claim if words.is_missing(head.sentence) else head.sentence
    inert.show(inert.tag("p", sentence, css="rc-claim"))
    source_line(head.source)
    against = "" if words.is_missing(head.threshold) else f"against {words.figure(head.threshold)}"
    span = words.span(head.ci_low, head.ci_high)
    inert.tiles(
        [
            ("Verdict", head.verdict, f"decided {words.ago(head.decided_at)}"),
            ("Deciding number", words.figure(head.statistic), against or "held against nothing"),
            ("Its 95% interval", span, "none was taken" if span == "–" else evidence(head)),
        ],
        [kind(head.verdict), "info", "plain"],
    )
    if not words.is_missing(head.detail) and head.detail:
        inert.note(kind(head.verdict), head.detail, f"On {evidence(head)}.")
    if known is not None:
        inert.facts([("Decision rule", known.decision_rule), ("Evidence", known.evaluator or "–")])
    show_evidence(standing)
    lead(head, known)
    show_history(history, standing)


def source_line(source: object) -> None:
    """Show who asserts it, with links to the papers and articles that are named."""
    if words.is_missing(source):
        return
    links = [inert.link(f"{label} ↗", address) for label, address in sources(str(source))]
    spaced = [part for link in links for part in (inert.Html(" · "), link)]
    inert.show(inert.tag("p", f"Source: {source}", *spaced, css="rc-words"))


def lead(head: pd.Series, known: pd.Series | None) -> None:
    """Link to the page that shows what the verdict rests on."""
    if not words.is_missing(head.board):
        where = {"board": head.board, "snapshot": head.snapshot, "treatment": head.treatment}
        st.page_link(
            "screens/leaderboards.py",
            label="The ranks behind it",
            icon=":material/leaderboard:",
            query_params={k: str(v) for k, v in where.items() if not words.is_missing(v)},
        )
        return
    view = "" if known is None or words.is_missing(known.evaluator) else str(known.evaluator)
    for prefix, (page, label) in _PAGES.items():
        if view.removeprefix("view ").startswith(prefix):
            st.page_link(page, label=label, icon=":material/science:")
            return
