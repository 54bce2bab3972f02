"""Show tables with their column heads in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.language import mark, t

HEADS: frozenset[str] = frozenset(
    {
        mark("model"),
        mark("task"),
        mark("tasks"),
        mark("experiment"),
        mark("data"),
        mark("evaluator"),
        mark("checkpoint"),
        mark("metric"),
        mark("unit"),
        mark("pooling"),
        mark("whitening"),
        mark("difference"),
        mark("runs"),
        mark("failed"),
        mark("interval"),
        mark("rank"),
        mark("ranks"),
        mark("score"),
        mark("tier"),
        mark("published"),
        mark("remark"),
        mark("submitted by"),
        mark("why not ranked"),
    }
)
"""Columns that a page names; any other, such as a board's task, is data and stays as it is."""


def table(
    frame: pd.DataFrame | Any, *, column_config: Mapping[str, Any] | None = None, **options: Any
) -> Any:
    """Show a table, as `st.dataframe` does, with known column names translated.

    Args:
        frame: The table, or one with styles.
        column_config: How columns are shown; heads given as text are translated where they are
            written.
        options: Further arguments of `st.dataframe`.
    """
    columns = (frame if isinstance(frame, pd.DataFrame) else frame.data).columns
    heads = {
        name: t(name.strip()) for name in columns if isinstance(name, str) and name.strip() in HEADS
    }
    return st.dataframe(frame, column_config={**heads, **(column_config or {})}, **options)
