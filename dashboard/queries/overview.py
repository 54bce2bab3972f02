"""Queries of the page of nights: plan runs, what they ran, and failures that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# A plan run with nothing to do has a report and no runs. One that was killed, or is from before
# there were reports, has runs and no report: how many jobs it skipped is unknown.
_NIGHTS_EVER = """
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
        coalesce(c.canaries, 0) AS canaries, n.code_commit, p.night_id IS NOT NULL AS reported
    FROM reports AS p
    FULL JOIN nights AS n ON n.night_id = p.night_id
    LEFT JOIN canaries AS c ON c.night_id = n.night_id
"""
_NIGHTS = f"{_NIGHTS_EVER} ORDER BY 3 DESC, 1 LIMIT :most"
_NIGHT = f"SELECT * FROM ({_NIGHTS_EVER}) WHERE night_id = :night"  # noqa: S608 - no input goes in

# A job that failed night after night is one failure, until it finishes.
_OPEN_FAILURES = """
    SELECT started_at, evaluator, task, checkpoint, error_type, error_text, run_id, night_id,
        count(*) OVER (PARTITION BY job_key) AS attempts
    FROM failures WHERE NOT resolved
    QUALIFY row_number() OVER (PARTITION BY job_key ORDER BY started_at DESC, run_id) = 1
    ORDER BY started_at DESC, run_id LIMIT :most
"""

SHARING = "'sts'"
"""Evaluators whose jobs share one forward pass over a task, as SQL.

The first of them has nearly all of its time, so the seconds of one job say nothing.
"""

TEXTS = """coalesce(json_extract_string(parameters, '$.max_length'), '') || '|'
        || coalesce(json_extract_string(parameters, '$.prompt'), '')"""
"""The length and the prompt of the sentences of a run, as SQL."""

ENCODED_TOGETHER = f"night_id, evaluator, task, checkpoint, dtype, {TEXTS}"
"""What is equal for runs of one forward pass, as SQL."""

PEAK = """coalesce(TRY_CAST(json_extract(cost, '$.peak_memory_bytes') AS DOUBLE),
        TRY_CAST(json_extract(cost, '$.peak_bytes') AS DOUBLE)) / 1e6"""
"""Largest memory of the process until the end of a run, in MB, as SQL."""

_PASSES = f"""
    SELECT evaluator, task, checkpoint, count(*) AS runs,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        sum(seconds) AS seconds, max({PEAK}) AS peak_mb, min(started_at) AS started_at,
        bool_and(evaluator IN ({SHARING})) AND count(*) > 1 AS shared,
        list(run_id ORDER BY started_at, run_id) AS run_ids
    FROM runs_log WHERE night_id = :night
    GROUP BY {ENCODED_TOGETHER}
    ORDER BY min(started_at) DESC, evaluator, task, checkpoint
"""  # noqa: S608 - no input goes in

_MOVED = """
    SELECT * FROM score_changes WHERE is_latest
    ORDER BY abs(difference) DESC, task, run_id LIMIT :most
"""


def nights(connection: Connection, most: int = 60) -> pd.DataFrame:
    """Return the newest plan runs, with the numbers of their finished and failed runs."""
    return frame(connection, _NIGHTS, most=most)


def night(connection: Connection, night_id: str) -> pd.DataFrame:
    """Return one plan run as `nights` does, or no row."""
    return frame(connection, _NIGHT, night=night_id)


def open_failures(connection: Connection, most: int = 100) -> pd.DataFrame:
    """Return the newest failure of each job that has not finished since, of any plan run."""
    return frame(connection, _OPEN_FAILURES, most=most)


def passes(connection: Connection, night: str) -> pd.DataFrame:
    """Return what a plan run ran, the jobs of one forward pass in one row."""
    return frame(connection, _PASSES, night=night)


def moved(connection: Connection, most: int = 200) -> pd.DataFrame:
    """Return scores with their predecessors, largest change first.

    `beyond` states whether the new value is outside the old one's interval; `changed` names what
    differs: checkpoint, dataset, evaluator, environment.
    """
    return frame(connection, _MOVED, most=most)
