"""Show scores that moved and canaries that drifted, with units in the headers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.formatting import times, unit
from dashboard.queries.frame import records


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
