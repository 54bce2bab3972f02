"""What the lab's index asks: which evaluators have results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_HOLDINGS = """
    SELECT evaluator, count(*) AS runs, count(DISTINCT task) AS tasks,
        count(DISTINCT nullif(checkpoint, '')) AS checkpoints, max(finished_at) AS newest
    FROM latest_runs GROUP BY evaluator ORDER BY evaluator
"""


def holdings(connection: Connection) -> pd.DataFrame:
    """Return the evaluators that have current results, with how many and the newest date."""
    return frame(connection, _HOLDINGS)
