"""Show the tables of the overview, with units in the headers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.formatting import times, unit
from dashboard.queries.frame import records
from dashboard.verdicts import headlines, kind
from evaluators.claims import OPEN, VERDICTS
from evaluators.claims.judging.rules import expected_wrong

_NAMED = 12


def verdict_tiles(standing: pd.DataFrame) -> None:
    """Show tiles with the number and names of the claims of each verdict."""
    heads = headlines(standing)
    each, kinds = [], []
    for verdict in (*VERDICTS, *sorted(set(heads.verdict) - set(VERDICTS))):
        names = list(heads[heads.verdict == verdict].claim)
        if names or verdict in ("holds", "refuted"):
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            each.append((verdict, len(names), ", ".join(map(str, names[:_NAMED])) + more or "none"))
            kinds.append(kind(verdict))
    safe_html.tiles(each, kinds)
    tested = heads[heads.q_value.notna() & ~heads.verdict.isin(OPEN)]
    said = expected_wrong(list(tested.q_value))
    st.caption(f"{said[0].upper()}{said[1:]}.")
    st.page_link(
        "screens/claims.py", label="Every claim with its evidence", icon=":material/gavel:"
    )


def drifts(drifted: pd.DataFrame) -> None:
    """Show a warning for each canary that did not reproduce its scores."""
    for row in records(drifted):
        moved = (
            ""
            if formatting.is_missing(row.statistic)
            else f" by {formatting.figure(row.statistic)}"
        )
        safe_html.note(
            "warning",
            safe_html.Html(
                safe_html.tag("strong", row.verdict)
                + safe_html.text(
                    f": the same job no longer gives the same score; it changed{moved}."
                )
            ),
            "" if formatting.is_missing(row.detail) else row.detail,
        )


def moved_table(moved: pd.DataFrame) -> None:
    """Show a table of scores with their predecessors."""
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
                "changed": moved.changed.replace("", "no known cause"),
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
            "beyond": "outside its old interval",
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
                    formatting.span(low, high)
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
    """Show a table of the newest plan runs."""
    st.dataframe(
        nights[["started_at", "finished", "failed", "restored", "canaries", "seconds"]].assign(
            commit=nights.code_commit.str[:12]
        ),
        hide_index=True,
        column_config={
            "started_at": st.column_config.DatetimeColumn(
                "started (UTC)", format="YYYY-MM-DD HH:mm"
            ),
            "restored": "recovered",
            "seconds": st.column_config.NumberColumn("work in seconds", format="%.1f"),
        },
        alt="The newest plan runs",
    )
