"""Tables of the page of experiments, and the SQL behind each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.folded import folded
from dashboard.language import t
from dashboard.queries import experiments
from dashboard.sheet import download


def table(rows: pd.DataFrame, numbers: Mapping[str, str], alt: str, file_name: str) -> None:
    """Show rows without their empty columns, and offer them as CSV.

    Args:
        rows: The rows.
        numbers: Labels of columns with four digits, by name.
        alt: Text for people who cannot see it.
        file_name: Name of the file that is offered.
    """
    empty = [name for name in rows if rows[name].isna().all() or (rows[name] == "").all()]
    tables.table(
        rows.drop(columns=empty),
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        column_config={
            "trained_on": t("trained on"),
            "n": st.column_config.NumberColumn(t("examples")),
            **{
                name: st.column_config.NumberColumn(label, format="%.4g")
                for name, label in numbers.items()
            },
        },
        alt=alt,
    )
    download(rows, file_name)


def query(sql: str, key: str, **params: str) -> None:
    """Offer the SQL of a table, folded; it runs as it is on the page *SQL*."""
    folded(
        t("The SQL of this table"),
        lambda: safe_html.code(experiments.shown(sql, **params), language="sql"),
        key=f"sql-{key}",
    )
