"""One claim as one argument: verdict and reason, source and test, picture, rows, rule, power."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.claims import words
from dashboard.claims.doors import doors, source_line
from dashboard.claims.evidence import evidence_parts, show_evidence
from dashboard.claims.reasons import translated, translated_rule
from dashboard.claims.rows_behind import known_claim
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.queries.frame import records
from evaluators import articles


def argument(
    head: pd.Series, known: pd.Series | None, standing: pd.DataFrame, history: pd.DataFrame
) -> None:
    """Show one claim.

    Args:
        head: The verdict that is shown first.
        known: The claim in its newest wording; None where the store has verdicts alone.
        standing: The verdicts that count now.
        history: Every verdict, newest first.
    """
    rule = None if known is None else known.decision_rule
    safe_html.show(
        safe_html.tag("p", words.sentence_of(head), css="rc-claim"),
        safe_html.tag("p", words.badge(head), " ", words.data_badge(head), css="rc-badges"),
        safe_html.tag("p", words.reason(head, rule), css="rc-answer"),
    )
    doors(head)
    _sides(head, standing)
    show_evidence(standing, rule)
    _rule(head, rule)
    _history(history)


def _sides(head: pd.Series, standing: pd.DataFrame) -> None:
    """Show what the source says beside what was tested."""
    left, right = st.columns(2, gap="large")
    claim = known_claim(str(head.claim))
    with left:
        st.header(t("What they say"))
        source_line(head.source)
        about = articles.of(claim.article) if claim is not None else None
        if about is not None:
            safe_html.show(
                safe_html.tag(
                    "p",
                    t(
                        "Article of {date:%Y-%m-%d}: {title}.",
                        date=about.published_on,
                        title=words.article_title(about),
                    ),
                    " ",
                    safe_html.link(t("The article ↗"), about.url),
                    css="rc-words",
                )
            )
        if claim is not None and claim.misprint:
            safe_html.show(
                safe_html.tag(
                    "p", t("Printed wrong: {misprint}", misprint=t(claim.misprint)), css="rc-words"
                )
            )
    with right:
        st.header(t("What was tested"))
        settings = int((~standing.combined.astype(bool)).sum())
        on = evidence_parts(head)
        pairs = [
            (t("Data"), " · ".join([t(words.data(head)), *words.marks(head)])),
            (t("On"), on or nt("{count:,} setting", "{count:,} settings", settings)),
            (t("Rests on"), translated(head.rests_on) if head.rests_on else "–"),
            (t("Judged"), formatting.moment(head.decided_at)),
        ]
        safe_html.facts(pairs)
        if isinstance(head.detail, str) and head.detail:
            safe_html.show(safe_html.tag("p", translated(head.detail), css="rc-words"))


def _rule(head: pd.Series, rule: object) -> None:
    def draw() -> None:
        safe_html.show(
            safe_html.tag(
                "p",
                translated_rule(rule) if rule else t("The store has no rule for it."),
                css="rc-words",
            )
        )

    folded(t("The rule in full"), draw, key="rule")
    power: list[tuple[object, object]] = []
    if not formatting.is_missing(head.smallest_detectable):
        power.append(
            (
                t("Could have seen"),
                t(
                    "{number} or more, in 80% of such experiments",
                    number=formatting.figure(head.smallest_detectable, 2),
                ),
            )
        )
    if isinstance(head.settles, str) and head.settles:
        power.append((t("Would settle it"), translated(head.settles)))
    if power:
        st.header(t("Power"))
        safe_html.facts(power)


def _history(history: pd.DataFrame) -> None:
    """Show how the claim's own verdict went, changes alone."""
    st.header(t("History"))
    own = history[history.combined.astype(bool)]
    own = (own if len(own) else history).iloc[::-1]
    lines: list[str] = []
    before = None
    for row in records(own):
        if row.verdict != before:
            number = formatting.figure(row.statistic, 3)
            shown = f" ({number})" if number != "–" else ""
            lines.append(f"{row.decided_at:%Y-%m-%d}: {words.said(row)}{shown}")
        before = row.verdict
    safe_html.listing(lines)
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "{verdicts} in all since {when}; {changed} differed from the one before on the same"
                " evidence.",
                verdicts=nt("{count:,} verdict", "{count:,} verdicts", len(history)),
                when=formatting.moment(history.decided_at.min()),
                changed=nt("{count:,} verdict", "{count:,} verdicts", len(changed(history))),
            ),
            css="rc-words",
        )
    )


def changed(history: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts that differ from the one before on the same evidence, newest first."""
    ordered = history.iloc[::-1]
    names = ("board", "snapshot", "treatment", "setting", "combined")
    key: list[Any] = [ordered[name].astype(object).fillna("") for name in names]
    before = ordered.verdict.groupby(key).shift()
    return ordered[before.notna() & (before != ordered.verdict)].iloc[::-1]
