"""Queries of the dimension page: needed dimensions by N, and their curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_LAW = """
    SELECT experiment, subject, task, setting, items, criterion, n_star, ci_low, ci_high, beyond,
        predicted, per_log, rule, trials, seed, finished_at, run_id
    FROM dimension_law
    ORDER BY experiment, subject, task, setting, criterion, items, seed, finished_at DESC
"""

_CURVES = """
    SELECT items, metric, variant, n, value, seed, run_id FROM dimension_curve
    WHERE experiment = :experiment AND subject = :subject AND task = :task AND setting = :setting
    ORDER BY metric, items, run_id, variant, n
"""


def law(connection: Connection) -> pd.DataFrame:
    """Return the dimensions that N items need, in every cell of every experiment."""
    return frame(connection, _LAW)


def curves(
    connection: Connection, experiment: str, subject: str, task: str, setting: str
) -> pd.DataFrame:
    """Return the results at each number of dimensions in one setting, for every N."""
    return frame(
        connection, _CURVES, experiment=experiment, subject=subject, task=task, setting=setting
    )
