"""Verdicts as a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st


def table(rows: pd.DataFrame, alt: str) -> None:
    """Show verdicts with their numbers; columns that hold nothing are left out."""
    number = {
        name: st.column_config.NumberColumn(label, format="%.4g")
        for name, label in (
            ("statistic", "number"),
            ("ci_low", "95% from"),
            ("ci_high", "95% to"),
            ("threshold", "against"),
        )
    }
    st.dataframe(
        rows.dropna(axis="columns", how="all") if len(rows) else rows,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        placeholder="",
        column_config={
            **number,
            "decided_at": st.column_config.DatetimeColumn(
                "decided (UTC)", format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=alt,
    )
