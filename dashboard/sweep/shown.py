"""Numbers of a sweep as a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st


def table(rows: pd.DataFrame, named: dict[str, str], alt: str) -> None:
    """Show rows with four digits a number, under the names given."""
    labels = {"ci_low": "95% from", "ci_high": "95% to", **named}
    numbers = rows.select_dtypes("float").columns
    st.dataframe(
        rows,
        hide_index=True,
        height=min(320, 38 + 35 * max(len(rows), 1)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(labels.get(name, name), format="%.4g")
            for name in numbers
        },
        alt=alt,
    )
