"""Show scores that moved and canaries that drifted, with units in the headers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.formatting import times, unit
from dashboard.language import mark, t
from dashboard.queries.frame import records


def drifts(drifted: pd.DataFrame) -> None:
    """Show a warning for each canary that did not reproduce its scores."""
    for row in records(drifted):
        what = safe_html.tag("strong", t(row.verdict))
        if formatting.is_missing(row.statistic):
            said = safe_html.sentence(
                "{verdict}: the same job no longer gives the same score; it changed.", verdict=what
            )
        else:
            said = safe_html.sentence(
                "{verdict}: the same job no longer gives the same score; it changed by {size}.",
                verdict=what,
                size=formatting.figure(row.statistic),
            )
        safe_html.note(
            "warning",
            said,
            "" if formatting.is_missing(row.detail) else row.detail,
        )


def moved_table(moved: pd.DataFrame) -> None:
    """Show a table of scores with their predecessors."""
    by = moved.metric.map(times)
    tables.table(
        pd.DataFrame(
            {
                "task": moved.task,
                "metric": moved.metric,
                "unit": moved.metric.map(unit),
                "before": moved.before.astype(float) * by,
                "now": moved.value.astype(float) * by,
                "difference": moved.difference.astype(float) * by,
                "beyond": moved.beyond.map(lambda b: t("Yes") if b else t("No")),
                "changed": changes_in_words(moved.changed),
                "checkpoint": moved.checkpoint,
                "pooling": moved.pooling,
                "whitening": moved.whitening,
                "when": moved.finished_at,
            }
        ),
        hide_index=True,
        column_config={
            "before": st.column_config.NumberColumn(t("before"), format="%.4g"),
            "now": st.column_config.NumberColumn(t("now"), format="%.4g"),
            "difference": st.column_config.NumberColumn(t("difference"), format="%+.3g"),
            "beyond": t("outside its old interval"),
            "changed": t("what changed"),
            "when": st.column_config.DatetimeColumn(t("measured (UTC)"), format="YYYY-MM-DD HH:mm"),
        },
        alt=t("Scores that changed, with their predecessors"),
    )


_CHANGED = (mark("checkpoint"), mark("dataset"), mark("evaluator"), mark("environment"))


def changes_in_words(changed: pd.Series) -> pd.Series:
    """Return what changed between two runs, as the store lists it, in the reader's language."""
    return changed.map(
        lambda names: (
            t(", ").join(t(name) if name in _CHANGED else name for name in names.split(", "))
            if names
            else t("no known cause")
        )
    )
