"""Queries of the STS page: headline scores, curves, published numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_COLUMNS = """checkpoint, checkpoint_digest, task, language, pooling, whitening, k, is_full,
    spearman, ci_low, ci_high, pearson, pairs, spearman_mean, spearman_wmean, prompt, max_length,
    dtype, seed, finished_at, run_id"""

# Only at full width: a job may request many k, and a store has many jobs.
_SCORES = f"""
    SELECT {_COLUMNS} FROM sts_scores WHERE is_full
    ORDER BY checkpoint, task, spearman DESC, run_id
"""  # noqa: S608 - no input goes in

_AT_EVERY_K = f"""
    SELECT {_COLUMNS} FROM sts_scores
    WHERE checkpoint_digest = :checkpoint_digest AND task = :task AND NOT is_copy
    ORDER BY spearman DESC, run_id, k
"""  # noqa: S608 - no input goes in

# Every k up to 64, then some 200 points: a wide model's curve stays light in the browser.
_CURVE = """
    WITH curve AS (
        SELECT run_id, pooling, whitening, prompt, max_length, dtype, k, spearman,
            max(k) OVER (PARTITION BY run_id) AS width
        FROM sts_curve
        WHERE checkpoint_digest = :checkpoint_digest AND task = :task AND NOT is_copy
    )
    SELECT * FROM curve
    WHERE k <= 64 OR k = width OR k % greatest(1, width // 200) = 0
    ORDER BY pooling, whitening, run_id, k
"""

_PUBLISHED = """
    SELECT checkpoint, task, metric, pooling, whitening, k, aggregate, published, measured,
        difference, unit_max, matched_by, source, notes, dtype, prompt, run_id
    FROM published_vs_measured
    WHERE method IS NULL
    ORDER BY checkpoint, task, metric DESC, pooling, whitening, source
"""


def scores(connection: Connection) -> pd.DataFrame:
    """Return headline results by checkpoint, task, pooling and whitening."""
    return frame(connection, _SCORES)


def at_every_k(connection: Connection, checkpoint_digest: str, task: str) -> pd.DataFrame:
    """Return the headline results of one checkpoint on one task, at every requested k."""
    return frame(connection, _AT_EVERY_K, checkpoint_digest=checkpoint_digest, task=task)


def curve(connection: Connection, checkpoint_digest: str, task: str) -> pd.DataFrame:
    """Return Spearman against k of one checkpoint on one task, thinned if long."""
    return frame(connection, _CURVE, checkpoint_digest=checkpoint_digest, task=task)


def published(connection: Connection) -> pd.DataFrame:
    """Return published and measured numbers, in the published unit."""
    return frame(connection, _PUBLISHED)
