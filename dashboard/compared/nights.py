"""What differs between the ends of two nights."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert
from dashboard.asked import asked
from dashboard.compared.by_example import by_example
from dashboard.compared.shown import both_sides, summary, table
from dashboard.queries import compare
from dashboard.reading import read
from dashboard.sheet import download


def nights(rows: pd.DataFrame, left: str, right: str) -> None:
    """Show what differs between the ends of two nights.

    Args:
        rows: As `dashboard.queries.compare.nights` returns them.
        left: What the left night is called.
        right: What the right one is called.
    """
    both = rows[rows.left_value.notna() & rows.right_value.notna()]
    new = int(rows.left_value.isna().sum())
    gone = int(rows.right_value.isna().sum())
    beyond = int(_beyond(both).sum())
    inert.tiles(
        [
            ("Measured again", len(both), "the same question, another run"),
            ("Beyond its interval", beyond, "the right number outside the left one's"),
            (
                "New",
                new,
                f"and {gone} that only the left side has" if gone else "only on the right",
            ),
        ],
        ["info", "warning" if beyond else "good", "plain"],
    )
    if rows.empty:
        inert.note(
            "good", "Nothing differs: every question stands with the same run on both sides."
        )
        return
    if len(both):
        metrics = list(both.metric.value_counts().index)
        metric = st.selectbox("Metric", metrics, key="night-metric")
        kept = both[both.metric == metric].reset_index(drop=True)
        over = read(compare.paired, ("all",) * len(kept), tuple(map(float, kept.difference)))
        summary(over.iloc[0], kept, left, right, "question")
        told = asked(list(kept.asked), list(kept.variant))
        labels = [
            " · ".join(part for part in (row.task, row.checkpoint, more) if part)
            for row, more in zip(kept.itertuples(), told, strict=True)
        ]
        lines = kept.assign(label=labels)
        both_sides(lines, left, right)
        by_example(lines[~lines.changed.str.contains("dataset")], _nothing_fills)
    told = asked(list(rows.asked), list(rows.variant))
    columns = ["task", "checkpoint", "metric", "asked", "changed"]
    table(rows.assign(asked=told), left, right, columns)
    download(rows, "compare-nights")


def _nothing_fills() -> None:
    st.caption("A past night cannot be filled in: nights from now on keep their answers.")


def _beyond(rows: pd.DataFrame) -> pd.Series:
    low, high = rows.left_low.astype(float), rows.left_high.astype(float)
    return (rows.right_value < low) | (rows.right_value > high)
