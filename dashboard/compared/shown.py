"""Show both sides of a comparison: their difference, a chart and a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.sides import sides
from dashboard.signs import HIGHER, LOWER, sign

MOST = 40
"""How many rows the charts draw; the tables have all."""


def summary(over: pd.Series, rows: pd.DataFrame, left: str, right: str, unit: str) -> None:
    """Show the mean difference with its interval, and how often each side is higher."""
    span = formatting.span(over.ci_low, over.ci_high)
    wins = int((rows.difference > 0).sum())
    losses = int((rows.difference < 0).sum())
    no_interval = (
        "one pair has no interval" if over.pairs < 2 else "no interval: all differences are equal"
    )
    safe_html.tiles(
        [
            ("Mean difference", formatting.figure(over.difference), f"{right} minus {left}"),
            (
                "Its 95% interval, paired",
                span,
                f"Student's t over {formatting.counted(int(over.pairs), unit)}"
                if span != "–"
                else no_interval,
            ),
            (
                "Right higher, lower",
                f"{wins}, {losses}",
                f"of {formatting.counted(len(rows), unit)}",
            ),
        ],
        [
            "info",
            "good" if sign(over.ci_low, over.ci_high) in (HIGHER, LOWER) else "plain",
            "plain",
        ],
    )


def both_sides(rows: pd.DataFrame, left: str, right: str) -> None:
    """Draw both numbers of each row with their own intervals."""
    drawn = rows.head(MOST)
    points = pd.DataFrame({"label": drawn.label})
    for side in ("left", "right"):
        points[side] = drawn[f"{side}_value"]
        points[f"{side}_low"], points[f"{side}_high"] = drawn[f"{side}_low"], drawn[f"{side}_high"]
    draw(
        sides(points, "score with its own 95% interval", f"left: {left}", f"right: {right}"),
        alternative="Both sides with their intervals",
    )
    if len(rows) > MOST:
        st.caption(f"The chart shows the first {MOST} of {len(rows)}; the table has all.")


def table(rows: pd.DataFrame, left: str, right: str, first: list[str]) -> None:
    """Show a table of both numbers of each row and their difference."""
    columns = rows[first].copy()
    columns["left"] = rows.left_value.astype(float)
    columns["left_interval"] = [
        formatting.span(*pair) for pair in zip(rows.left_low, rows.left_high, strict=True)
    ]
    columns["right"] = rows.right_value.astype(float)
    columns["right_interval"] = [
        formatting.span(*pair) for pair in zip(rows.right_low, rows.right_high, strict=True)
    ]
    columns["difference"] = rows.difference.astype(float)
    if "seeds" in rows:
        columns["seeds"] = rows.seeds
    safe_html.show(safe_html.tag("p", f"Left: {left}. Right: {right}.", css="rc-words"))
    st.dataframe(
        columns,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(columns), 1)),
        placeholder="",
        column_config={
            "left": st.column_config.NumberColumn("left", format="%.4g"),
            "right": st.column_config.NumberColumn("right", format="%.4g"),
            "difference": st.column_config.NumberColumn("right minus left", format="%+.4g"),
            "left_interval": "left, 95%",
            "right_interval": "right, 95%",
            "asked": "parameters",
        },
        alt="Both sides of the comparison",
    )
