"""The overview's tables: what data frames show, with units in their headers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words

_VERDICTS = {"holds": "good", "refuted": "error", "inconclusive": "warning"}


def percent(label: str) -> object:
    """Return the column of a score ×100, or of a difference."""
    return st.column_config.NumberColumn(label, format="%.2f")


def verdict_list(verdicts: pd.DataFrame) -> None:
    """Show each claim's newest verdict with the number that decided it."""
    for row in verdicts.itertuples():
        decided = ""
        if not words.is_missing(row.statistic):
            span = words.interval(row.ci_low, row.ci_high, 3)
            decided = f" ({words.number(row.statistic, 4)}" + (
                ")" if span == "–" else f", 95% interval {span})"
            )
        sentence = row.claim if words.is_missing(row.sentence) else row.sentence
        inert.note(
            _VERDICTS.get(row.verdict, "warning"),
            inert.Html(inert.tag("strong", row.verdict) + inert.text(f": {sentence}{decided}")),
            "" if words.is_missing(row.detail) else row.detail,
        )


def moved_table(moved: pd.DataFrame) -> None:
    """Show scores beside their predecessors."""
    st.dataframe(
        pd.DataFrame(
            {
                "task": moved.task,
                "before": moved.before.astype(float) * 100,
                "now": moved.value.astype(float) * 100,
                "difference": moved.difference.astype(float) * 100,
                "beyond": moved.beyond.map(lambda b: "yes" if b else "no"),
                "changed": moved.changed.replace("", "nothing known"),
                "checkpoint": moved.checkpoint,
                "pooling": moved.pooling,
                "whitening": moved.whitening,
                "when": moved.finished_at,
            }
        ),
        hide_index=True,
        column_config={
            "before": percent("before ×100"),
            "now": percent("now ×100"),
            "difference": st.column_config.NumberColumn("difference ×100", format="%+.2f"),
            "beyond": "beyond its interval",
            "changed": "what changed",
            "when": st.column_config.DatetimeColumn("measured (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        alt="Scores that changed, with their predecessors",
    )


def newest_table(scores: pd.DataFrame) -> None:
    """Show the newest headline scores."""
    st.dataframe(
        pd.DataFrame(
            {
                "task": scores.task,
                "metric": scores.metric,
                "value": scores.value * 100,
                "interval": [
                    words.interval(low * 100, high * 100)
                    for low, high in zip(scores.ci_low, scores.ci_high, strict=True)
                ],
                "pooling": scores.pooling,
                "whitening": scores.whitening,
                "checkpoint": scores.checkpoint,
                "n": scores.n,
                "when": scores.finished_at,
            }
        ),
        hide_index=True,
        height=320 if len(scores) > 8 else "auto",
        column_config={
            "value": percent("score ×100"),
            "interval": "95% interval",
            "n": st.column_config.NumberColumn("examples"),
            "when": st.column_config.DatetimeColumn("measured (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        alt="The newest scores",
    )


def nights_table(nights: pd.DataFrame) -> None:
    """Show the newest nights."""
    st.dataframe(
        nights[["started_at", "finished", "failed", "restored", "canaries", "seconds"]].assign(
            commit=nights.code_commit.str[:12]
        ),
        hide_index=True,
        column_config={
            "started_at": st.column_config.DatetimeColumn("began (UTC)", format="YYYY-MM-DD HH:mm"),
            "seconds": st.column_config.NumberColumn("work in seconds", format="%.1f"),
        },
        alt="The newest nights",
    )
