"""Query what was measured here of one model, and which weights it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_CHECKPOINTS = """
    SELECT name, source, checkpoint_digest, resolved_revision, weights_sha256, bytes, recorded_at
    FROM checkpoints
    QUALIFY row_number() OVER (
        PARTITION BY name, source, checkpoint_digest ORDER BY recorded_at DESC, checkpoint_id
    ) = 1
    ORDER BY name, recorded_at DESC, checkpoint_digest
"""

_SCORES = """
    WITH chosen AS MATERIALIZED (
        SELECT * FROM latest_runs WHERE list_contains(:digests, checkpoint_digest)
    ), widest AS (
        SELECT run_id, max(k) AS k FROM scores GROUP BY run_id
    )
    SELECT c.evaluator, c.task, s.metric, s.value, s.ci_low, s.ci_high, s.n, c.parameters,
        s.variant, c.seed, c.dtype, c.finished_at, c.run_id
    FROM chosen AS c
    JOIN scores AS s ON s.run_id = c.run_id
    JOIN widest AS w ON w.run_id = c.run_id AND s.k IS NOT DISTINCT FROM w.k
    WHERE (s.aggregate IS NULL OR s.aggregate = 'all')
    ORDER BY c.evaluator, c.task, s.metric DESC, s.value DESC, c.run_id
"""

_PUBLISHED = """
    SELECT task, metric, published, measured, difference, matched_by, source, run_id
    FROM published_vs_measured WHERE list_contains(:digests, checkpoint_digest)
    ORDER BY task, metric, abs(difference) DESC, run_id
"""


def checkpoints(connection: Connection) -> pd.DataFrame:
    """Return every checkpoint under every name and source that a plan had for it."""
    return frame(connection, _CHECKPOINTS)


def scores(connection: Connection, digests: tuple[str, ...]) -> pd.DataFrame:
    """Return the headline numbers that were measured of checkpoints."""
    return frame(connection, _SCORES, digests=list(digests))


def published(connection: Connection, digests: tuple[str, ...]) -> pd.DataFrame:
    """Return published numbers of checkpoints beside ours."""
    return frame(connection, _PUBLISHED, digests=list(digests))
