"""Show tables with their column heads in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.language import t

_HEADS = """
about, adds up, aggregate, agreement, arm, at ceiling, at step, base, batch, before, best, board,
bytes, changed, checkpoint, chunk, class, column, corrected, data, detail, device, difference,
dtype, epochs, evaluator, evidence, examples, experiment, exponents, failed, first, gain, gained,
gone, head, how, human, human score, in, interval, is overtaken, items, jumps, language, last,
level, lost, method, metric, mode, model, new, noise, now, number, overtakes, pairs, parameters,
points, pooling, possible explanation, post, precision, prompt, prompts, published, rank, ranked,
ranks, recall, remark, rival, row, run, runs, score, seed, seeds, selection, setting, similarity,
snapshot, source, split, standing, status, subject, submitted by, subset, task, tasks, tau,
temperature, tier, trend, trials, type, unit, value, variant, verdict, way, what, whitening, why,
why not ranked
"""
HEADS = frozenset(name.strip() for name in _HEADS.split(","))
"""Columns that a page names; any other, such as a board's task, is data and stays as it is."""


def table(
    frame: pd.DataFrame | Any,
    *,
    column_config: Mapping[str, Any] | None = None,
    placeholder: str = "",
    **options: Any,
) -> Any:
    """Show a table, as `st.dataframe` does, with known column names translated.

    Args:
        frame: The table, or one with styles.
        column_config: How columns are shown; heads given as text are translated where they are
            written.
        placeholder: What stands for a missing value; Streamlit would write None.
        options: Further arguments of `st.dataframe`.
    """
    columns = (frame if isinstance(frame, pd.DataFrame) else frame.data).columns
    heads = {
        name: t(name.strip()) for name in columns if isinstance(name, str) and name.strip() in HEADS
    }
    config = {**heads, **(column_config or {})}
    return st.dataframe(frame, column_config=config, placeholder=placeholder, **options)
