"""Show both sides of a comparison: their difference, a chart and a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.charts.drawing import draw
from dashboard.charts.sides import sides
from dashboard.language import t
from dashboard.signs import HIGHER, LOWER, sign

MOST = 40
"""How many rows the charts draw; the tables have all."""


def summary(
    over: pd.Series, rows: pd.DataFrame, left: str, right: str, unit: Callable[[int], str]
) -> None:
    """Show the mean difference with its interval, and how often each side is higher.

    Args:
        over: The mean difference over the rows.
        rows: The differences.
        left: Label of the left side.
        right: Label of the right side.
        unit: Returns a number of what the rows are, in words.
    """
    span = formatting.span(over.ci_low, over.ci_high)
    wins = int((rows.difference > 0).sum())
    losses = int((rows.difference < 0).sum())
    no_interval = (
        t("one pair has no interval")
        if over.pairs < 2
        else t("no interval: all differences are equal")
    )
    safe_html.tiles(
        [
            (
                t("Mean difference"),
                formatting.figure(over.difference),
                t("{right} minus {left}", right=right, left=left),
            ),
            (
                t("Its 95% interval, paired"),
                span,
                t("Student's t over {units}", units=unit(int(over.pairs)))
                if span != "–"
                else no_interval,
            ),
            (
                t("Right higher, lower"),
                f"{wins}, {losses}",
                t("of {units}", units=unit(len(rows))),
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
        sides(
            points,
            t("score with its own 95% interval"),
            t("left: {name}", name=left),
            t("right: {name}", name=right),
        ),
        alternative=t("Both sides with their intervals"),
    )
    if len(rows) > MOST:
        st.caption(
            t(
                "The chart shows the first {most} of {count}; the table has all.",
                most=MOST,
                count=len(rows),
            )
        )


def table(
    rows: pd.DataFrame, left: str, right: str, first: Sequence[str], last: Sequence[str] = ()
) -> None:
    """Show a table of both numbers of each row and their difference.

    Args:
        rows: The rows.
        left: Label of the left side.
        right: Label of the right side.
        first: Columns before the numbers.
        last: Columns after them.
    """
    columns = rows[list(first)].copy()
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
    columns = columns.assign(**{name: rows[name] for name in last})
    safe_html.show(
        safe_html.tag(
            "p", t("Left: {left}. Right: {right}.", left=left, right=right), css="rc-words"
        )
    )
    tables.table(
        columns,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(columns), 1)),
        column_config={
            "left": st.column_config.NumberColumn(t("left"), format="%.4g"),
            "right": st.column_config.NumberColumn(t("right"), format="%.4g"),
            "difference": st.column_config.NumberColumn(t("right minus left"), format="%+.4g"),
            "left_interval": t("left, 95%"),
            "right_interval": t("right, 95%"),
            "asked": t("parameters"),
        },
        alt=t("Both sides of the comparison"),
    )
