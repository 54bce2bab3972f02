"""Queries of the overview: plan runs, newest scores, changed scores, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# A plan run with nothing to do has a report and no runs. One that was killed, or is from before
# there were reports, has runs and no report: how many jobs it skipped is unknown.
_NIGHTS = """
    WITH canaries AS (
        SELECT night_id, count(*) FILTER (WHERE is_canary) AS canaries FROM runs GROUP BY night_id
    ), reports AS (
        SELECT * FROM night_reports
        QUALIFY row_number() OVER (PARTITION BY night_id ORDER BY finished_at DESC) = 1
    )
    SELECT coalesce(p.night_id, n.night_id) AS night_id, p.plan,
        coalesce(p.started_at, n.started_at) AS started_at,
        coalesce(p.finished_at, n.finished_at) AS finished_at,
        coalesce(n.runs, 0) AS runs, coalesce(n.finished, 0) AS finished,
        coalesce(p.failed, n.failed, 0) AS failed, coalesce(n.seconds, 0.0) AS seconds,
        p.kept, coalesce(p.restored, 0) AS restored,
        coalesce(c.canaries, 0) AS canaries, n.code_commit
    FROM reports AS p
    FULL JOIN nights AS n ON n.night_id = p.night_id
    LEFT JOIN canaries AS c ON c.night_id = n.night_id
    ORDER BY 3 DESC, 1 LIMIT :most
"""

_HOLDINGS = """
    SELECT
        (SELECT count(DISTINCT nullif(checkpoint_digest, '')) FROM latest_runs) AS checkpoints,
        (SELECT count(DISTINCT task) FROM latest_runs) AS tasks,
        (SELECT count(*) FROM latest_runs) AS runs,
        (SELECT count(*) FROM scores) AS scores,
        (SELECT count(*) FROM current_boards) AS boards,
        (SELECT max(committed_at) FROM runs) AS newest
"""

# A run's headline: its metrics over everything, at its own full width. A metric that a run has
# several times, for each seed or criterion, is not a headline.
_NEWEST = """
    WITH widest AS (
        SELECT run_id, max(k) AS k FROM scores GROUP BY run_id
    ), headline AS (
        SELECT s.run_id, s.metric, s.value, s.ci_low, s.ci_high, s.n, s.k
        FROM scores AS s JOIN widest AS w ON w.run_id = s.run_id
        WHERE coalesce(s.aggregate, 'all') = 'all' AND s.k IS NOT DISTINCT FROM w.k
        QUALIFY count(*) OVER (PARTITION BY s.run_id, s.metric) = 1
    )
    SELECT r.finished_at, r.checkpoint, r.task, r.evaluator,
        json_extract_string(r.parameters, '$.pooling') AS pooling,
        json_extract_string(r.parameters, '$.whitening') AS whitening,
        h.metric, h.value, h.ci_low, h.ci_high, h.n, r.run_id
    FROM latest_runs AS r JOIN headline AS h ON h.run_id = r.run_id
    WHERE h.metric <> 'pearson'
    ORDER BY r.finished_at DESC, r.task, h.metric, r.run_id LIMIT :most
"""

_MOVED = """
    SELECT * FROM score_changes WHERE is_latest
    ORDER BY abs(difference) DESC, task, run_id LIMIT :most
"""

_FAILURES = """
    SELECT started_at, evaluator, task, checkpoint, error_type, error_text, resolved, run_id,
        night_id
    FROM failures WHERE night_id = :night
    ORDER BY started_at DESC, run_id
"""


def nights(connection: Connection, most: int = 30) -> pd.DataFrame:
    """Return the newest plan runs, with the numbers of their finished and failed runs."""
    return frame(connection, _NIGHTS, most=most)


def holdings(connection: Connection) -> dict[str, Any]:
    """Return the numbers of checkpoints, tasks, runs, scores and boards."""
    return dict(frame(connection, _HOLDINGS).iloc[0])


def newest_scores(connection: Connection, most: int = 200) -> pd.DataFrame:
    """Return the headline scores of the newest current runs, newest first."""
    return frame(connection, _NEWEST, most=most)


def moved(connection: Connection, most: int = 200) -> pd.DataFrame:
    """Return scores with their predecessors, largest change first.

    `beyond` states whether the new value is outside the old one's interval; `changed` names what
    differs: checkpoint, dataset, evaluator, environment.
    """
    return frame(connection, _MOVED, most=most)


def failures_of(connection: Connection, night: str) -> pd.DataFrame:
    """Return the failed runs of one plan run with their errors."""
    return frame(connection, _FAILURES, night=night)
