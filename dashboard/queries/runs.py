"""Queries of the runs page: the log, and everything about one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.queries.frame import frame
from dashboard.queries.overview import PEAK, SHARING, TEXTS

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# Of the runs that are shown alone: a window over all of them would sort every run's parameters.
_PASSES = f"""
    passes AS (
        SELECT night_id, evaluator, task, checkpoint, dtype, {TEXTS} AS texts, count(*) AS runs,
            sum(seconds) AS seconds
        FROM named_runs
        WHERE evaluator IN ({SHARING}) AND night_id IN (SELECT night_id FROM shown)
            AND task IN (SELECT task FROM shown)
        GROUP BY ALL
    ), of_passes AS (
        SELECT s.*, coalesce(p.runs, 1) AS pass_runs, coalesce(p.seconds, s.seconds) AS pass_seconds
        FROM (SELECT *, {TEXTS} AS texts FROM shown) AS s
        LEFT JOIN passes AS p ON p.night_id = s.night_id AND p.evaluator = s.evaluator
            AND p.task = s.task AND p.checkpoint = s.checkpoint AND p.dtype = s.dtype
            AND p.texts = s.texts
    )
"""  # noqa: S608 - no input goes in

_LOG = f"""
    WITH shown AS MATERIALIZED (
        SELECT * FROM runs_log
        WHERE (:status IS NULL OR status = :status)
            AND (:evaluator IS NULL OR evaluator = :evaluator)
            AND (:task IS NULL OR task = :task)
            AND (:checkpoint IS NULL OR checkpoint = :checkpoint)
            AND (:night IS NULL OR night_id = :night)
        ORDER BY started_at DESC, run_id LIMIT :most OFFSET :skip
    ), {_PASSES}
    SELECT started_at, status, evaluator, checkpoint, task, seed, parameters, seconds,
        {PEAK} AS peak_mb,
        coalesce(TRY_CAST(json_extract(cost, '$.sentences_per_second') AS DOUBLE),
            TRY_CAST(json_extract(cost, '$.examples_per_second') AS DOUBLE),
            TRY_CAST(json_extract(cost, '$.encoded') AS DOUBLE)
                / nullif(TRY_CAST(json_extract(cost, '$.encode_seconds') AS DOUBLE), 0)
        ) AS per_second,
        is_current, is_canary, generation, device, dtype, error_type, error_text,
        night_id, run_id, pass_runs, pass_seconds
    FROM of_passes ORDER BY started_at DESC, run_id
"""  # noqa: S608 - no input goes in

_TOTALS = """
    SELECT count(*) AS runs, count(*) FILTER (WHERE status = 'failed') AS failed,
        sum(seconds) AS seconds
    FROM named_runs
    WHERE (:status IS NULL OR status = :status)
        AND (:evaluator IS NULL OR evaluator = :evaluator)
        AND (:task IS NULL OR task = :task)
        AND (:checkpoint IS NULL OR checkpoint = :checkpoint)
        AND (:night IS NULL OR night_id = :night)
"""

_CHOICES = "SELECT DISTINCT evaluator, checkpoint, task, status FROM named_runs"

_RUN = f"""
    WITH shown AS MATERIALIZED (
        SELECT * FROM runs_log WHERE run_id = :run_id LIMIT 1
    ), {_PASSES}
    SELECT * EXCLUDE (texts) FROM of_passes
"""  # noqa: S608 - no input goes in

_SYSTEM = "SELECT * FROM systems WHERE system_id = :id ORDER BY recorded_at LIMIT 1"
_CHECKPOINT = """
    SELECT * FROM checkpoints
    WHERE checkpoint_id = :id OR (:id IS NULL AND checkpoint_digest = :digest)
    ORDER BY recorded_at DESC LIMIT 1
"""
_DATASET = """
    SELECT * FROM datasets WHERE dataset_digest = :digest AND task = :task
    ORDER BY recorded_at DESC LIMIT 1
"""

_LABELLED = """
    SELECT run_id, status, task, seed, parameters FROM runs
    WHERE list_contains(:ids, run_id) ORDER BY started_at, run_id
"""

_SCORES = """
    SELECT metric, k, aggregate, subset, variant, value, ci_low, ci_high, n FROM scores
    WHERE run_id = :run_id ORDER BY metric DESC, k DESC, aggregate, subset LIMIT 1000
"""


def log(
    connection: Connection,
    status: str | None = None,
    evaluator: str | None = None,
    task: str | None = None,
    checkpoint: str | None = None,
    night: str | None = None,
    most: int = 1000,
    skip: int = 0,
) -> pd.DataFrame:
    """Return runs, newest first; None means any."""
    return frame(
        connection,
        _LOG,
        status=status,
        evaluator=evaluator,
        task=task,
        checkpoint=checkpoint,
        night=night,
        most=most,
        skip=skip,
    )


def totals(
    connection: Connection,
    status: str | None = None,
    evaluator: str | None = None,
    task: str | None = None,
    checkpoint: str | None = None,
    night: str | None = None,
) -> pd.Series:
    """Return the numbers of matching and failed runs, and their total seconds."""
    filters = {"status": status, "evaluator": evaluator, "task": task, "checkpoint": checkpoint}
    return frame(connection, _TOTALS, night=night, **filters).iloc[0]


def choices(connection: Connection) -> dict[str, list[str]]:
    """Return the values that runs can be filtered by."""
    values = frame(connection, _CHOICES)
    return {name: sorted(set(values[name].dropna()) - {""}) for name in values.columns}


def one(connection: Connection, run_id: str) -> dict[str, dict[str, Any]]:
    """Return a run with its system, checkpoint and dataset, or an empty mapping."""
    run = _first(frame(connection, _RUN, run_id=run_id))
    if not run:
        return {}
    checkpoint = {"id": run["checkpoint_id"], "digest": run["checkpoint_digest"]}
    dataset = {"digest": run["dataset_digest"], "task": run["task"]}
    return {
        "run": run,
        "system": _first(frame(connection, _SYSTEM, id=run["system_id"])),
        "checkpoint": _first(frame(connection, _CHECKPOINT, **checkpoint)),
        "dataset": _first(frame(connection, _DATASET, **dataset)),
    }


def labelled(connection: Connection, run_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return what tells some runs from one another, in their order."""
    return frame(connection, _LABELLED, ids=list(run_ids))


def scores_of(connection: Connection, run_id: str) -> pd.DataFrame:
    """Return the numbers of one run."""
    return frame(connection, _SCORES, run_id=run_id)


def _first(rows: pd.DataFrame) -> dict[str, Any]:
    return {} if rows.empty else dict(rows.iloc[0])
