"""Query what a report of one plan run needs: its jobs, numbers, verdicts, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.claims import COLUMNS
from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# Without what later plan runs change (whether a run still counts, whether a failure has been made
# good), so that the report of a plan run stays the same.
_JOBS = """
    SELECT run_id, job_key, generation, status, evaluator, evaluator_version, task, split,
        checkpoint, checkpoint_digest, dataset_digest, seed, dtype, device, parameters, is_canary,
        seconds, error_type, error_text, code_commit, code_dirty, environment, system_id
    FROM named_runs WHERE night_id = :night
    ORDER BY evaluator, task, checkpoint, parameters, seed, dtype, job_key, generation, run_id
"""

_NUMBERS = """
    SELECT s.run_id, s.metric, s.variant, s.k, s.aggregate, s.subset, s.value, s.ci_low, s.ci_high,
        s.n, s.k IS NOT DISTINCT FROM max(s.k) OVER (PARTITION BY s.run_id)
            AND coalesce(s.aggregate, 'all') = 'all' AS headline
    FROM scores AS s JOIN runs AS r ON r.run_id = s.run_id
    WHERE r.night_id = :night
    ORDER BY s.run_id, s.metric DESC, s.k DESC, s.aggregate, s.subset, s.variant
"""

_JUDGED = f"""
    SELECT {COLUMNS} FROM claim_history WHERE night_id = :night
    ORDER BY claim, combined DESC, board, snapshot, treatment, setting, detail
"""  # noqa: S608 - no input goes in

_MOVED = """
    SELECT * FROM score_changes WHERE night_id = :night AND abs(difference) > 1e-9
    ORDER BY abs(difference) DESC, task, run_id
"""

_SYSTEMS = """
    SELECT environment, any_value(libraries) AS libraries, any_value(machine) AS machine,
        any_value(accelerators) AS accelerators
    FROM (SELECT DISTINCT environment, system_id FROM runs WHERE night_id = :night) AS r
    LEFT JOIN (
        SELECT * FROM systems
        QUALIFY row_number() OVER (PARTITION BY system_id ORDER BY recorded_at) = 1
    ) AS s ON s.system_id = r.system_id
    GROUP BY environment ORDER BY environment
"""


def jobs(connection: Connection, night: str) -> pd.DataFrame:
    """Return the runs of a plan run, finished or failed, in the order of what they measured."""
    return frame(connection, _JOBS, night=night)


def numbers(connection: Connection, night: str) -> pd.DataFrame:
    """Return every number of a plan run; `headline` marks those over everything at full width."""
    return frame(connection, _NUMBERS, night=night)


def judged(connection: Connection, night: str) -> pd.DataFrame:
    """Return the verdicts that a plan run wrote."""
    return frame(connection, _JUDGED, night=night)


def moved(connection: Connection, night: str) -> pd.DataFrame:
    """Return the numbers of a plan run that differ from the measurement before."""
    return frame(connection, _MOVED, night=night)


def systems(connection: Connection, night: str) -> pd.DataFrame:
    """Return the environments in which a plan run measured; the names of hosts stay here."""
    return frame(connection, _SYSTEMS, night=night)
