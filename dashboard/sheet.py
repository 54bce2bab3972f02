"""Offer tables as CSV that a spreadsheet opens without running formulas."""

from __future__ import annotations

import re
from csv import QUOTE_NONNUMERIC

import pandas as pd
import streamlit as st

from dashboard.language import t
from db.table_text import escape_formula


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV with a byte order mark, so that Excel reads it as UTF-8.

    Text that begins like a formula gets a quote before it, its header too; numbers stay numbers.
    """
    safe = table.rename(columns=lambda name: escape_formula(str(name)))
    for i, (_, column) in enumerate(table.items()):
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            safe.isetitem(i, list(column.map(escape_formula)))
    # All text is quoted: a lone carriage return in a name would otherwise end its row.
    return safe.to_csv(index=False, quoting=QUOTE_NONNUMERIC).encode("utf-8-sig")


def download(table: pd.DataFrame, file_name: str, label: str = "") -> None:
    """Offer a table as CSV, written on demand without a rerun of the page.

    Args:
        table: The table.
        file_name: The file's name, of which only plain letters stay.
        label: The button's, in the reader's language; empty for the usual one.
    """
    name = safe_name(file_name)
    st.download_button(
        label or t("Download CSV"),
        lambda: csv(table),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"csv-{name}",
    )


def safe_name(file_name: str) -> str:
    """Replace the characters of a file name that file systems or shells reject."""
    return re.sub(r"[^A-Za-z0-9._+=-]+", "-", file_name).strip("-.")[:150] or "table"
