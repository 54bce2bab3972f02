"""The overview's tables: what data frames show, with units in their headers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.units import times, unit
from dashboard.verdicts import VERDICTS, headlines, kind

_NAMED = 12


def verdict_tiles(standing: pd.DataFrame, known: pd.DataFrame) -> None:
    """Show how many claims come to which verdict, and which; the claims page has the rest."""
    heads = headlines(standing, known)
    each, kinds = [], []
    for verdict in (*VERDICTS, *sorted(set(heads.verdict) - set(VERDICTS))):
        names = list(heads[heads.verdict == verdict].claim)
        if names or verdict in VERDICTS:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            each.append((verdict, len(names), ", ".join(map(str, names[:_NAMED])) + more or "none"))
            kinds.append(kind(verdict))
    inert.tiles(each, kinds)
    st.page_link(
        "screens/claims.py", label="Every claim with its evidence", icon=":material/gavel:"
    )


def drifts(drifted: pd.DataFrame) -> None:
    """Say what a canary found that did not give the same scores again."""
    for row in drifted.itertuples():
        moved = "" if words.is_missing(row.statistic) else f" by {words.figure(row.statistic)}"
        inert.note(
            "warning",
            inert.Html(
                inert.tag("strong", row.verdict)
                + inert.text(f": the same job no longer gives the same score: it moved{moved}.")
            ),
            "" if words.is_missing(row.detail) else row.detail,
        )


def moved_table(moved: pd.DataFrame) -> None:
    """Show scores beside their predecessors."""
    by = moved.metric.map(times)
    st.dataframe(
        pd.DataFrame(
            {
                "task": moved.task,
                "metric": moved.metric,
                "unit": moved.metric.map(unit),
                "before": moved.before.astype(float) * by,
                "now": moved.value.astype(float) * by,
                "difference": moved.difference.astype(float) * by,
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
            "before": st.column_config.NumberColumn("before", format="%.4g"),
            "now": st.column_config.NumberColumn("now", format="%.4g"),
            "difference": st.column_config.NumberColumn("difference", format="%+.3g"),
            "beyond": "beyond its interval",
            "changed": "what changed",
            "when": st.column_config.DatetimeColumn("measured (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        alt="Scores that changed, with their predecessors",
    )


def newest_table(scores: pd.DataFrame) -> None:
    """Show the newest headline scores."""
    by = scores.metric.map(times)
    st.dataframe(
        pd.DataFrame(
            {
                "task": scores.task,
                "metric": scores.metric,
                "unit": scores.metric.map(unit),
                "value": scores.value.astype(float) * by,
                "interval": [
                    words.span(low, high)
                    for low, high in zip(scores.ci_low * by, scores.ci_high * by, strict=True)
                ],
                "pooling": scores.pooling,
                "whitening": scores.whitening,
                "checkpoint": scores.checkpoint,
                "n": scores.n,
                "when": scores.finished_at,
            }
        ),
        hide_index=True,
        placeholder="",
        height=320 if len(scores) > 8 else "auto",
        column_config={
            "value": st.column_config.NumberColumn("score", format="%.4g"),
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
