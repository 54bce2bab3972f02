"""Query the data of the compare page: two checkpoints, or two plan runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame
from evaluators.sql_view import half_width

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# A run's headline: its metrics over everything, at its own full width. The dataset's digest
# ensures that both sides scored the same rows; the digest of the data that whitening was fitted on
# is dropped, as it differs only where other parameters differ too.
_HEADLINES = """
    headline AS MATERIALIZED (
        SELECT c.side, c.checkpoint, c.checkpoint_digest, c.evaluator, c.task, c.dataset_digest,
            c.asked, c.seed, c.dtype, c.finished_at, c.run_id, s.metric,
            CAST(json_merge_patch(s.variant, json_object('k', NULL)) AS VARCHAR) AS variant,
            s.value, s.ci_low, s.ci_high, s.n
        FROM chosen AS c
        JOIN headline_scores AS s ON s.run_id = c.run_id
    )
"""

_ASKED = "CAST(json_merge_patch(parameters, json_object('fit_digests', NULL)) AS VARCHAR) AS asked"

_CHECKPOINTS = """
    SELECT checkpoint_digest, arg_max(checkpoint, finished_at) AS checkpoint,
        count(DISTINCT task) AS tasks, count(*) AS runs
    FROM latest_runs WHERE checkpoint_digest <> ''
    GROUP BY checkpoint_digest ORDER BY max(finished_at) DESC, checkpoint_digest
"""

# Checkpoints that were measured on the same are one group, of which the two newest can be the pair:
# joining every checkpoint with every other one would take seconds from a thousand of them on.
_PAIR = """
    WITH measured AS (
        SELECT checkpoint_digest, max(finished_at) AS newest,
            list_sort(list(DISTINCT hash(evaluator, task, dataset_digest))) AS what
        FROM latest_runs WHERE checkpoint_digest <> '' GROUP BY checkpoint_digest
    ), newest AS (
        SELECT * FROM measured
        QUALIFY row_number() OVER (PARTITION BY what ORDER BY newest DESC, checkpoint_digest) <= 2
    )
    SELECT a.checkpoint_digest AS "left", b.checkpoint_digest AS "right",
        len(list_intersect(a.what, b.what)) AS shared
    FROM newest AS a JOIN newest AS b
        ON (b.newest, b.checkpoint_digest) > (a.newest, a.checkpoint_digest)
    WHERE len(list_intersect(a.what, b.what)) > 0
    ORDER BY shared DESC, b.newest DESC, a.newest DESC, "right", "left" LIMIT 1
"""

_SIDES = f"""
    WITH chosen AS MATERIALIZED (
        SELECT *, CASE WHEN checkpoint_digest = :left THEN 'left' ELSE 'right' END AS side, {_ASKED}
        FROM latest_runs WHERE checkpoint_digest IN (:left, :right)
    ), {_HEADLINES}
    SELECT a.evaluator, a.task, a.metric, a.asked, a.variant, a.dtype, a.seed,
        a.value AS left_value, a.ci_low AS left_low, a.ci_high AS left_high,
        b.value AS right_value, b.ci_low AS right_low, b.ci_high AS right_high,
        b.value - a.value AS difference, a.n, a.run_id AS left_run, b.run_id AS right_run
    FROM headline AS a JOIN headline AS b
        ON b.evaluator = a.evaluator AND b.task = a.task AND b.metric = a.metric
        AND b.dataset_digest = a.dataset_digest AND b.asked = a.asked AND b.variant = a.variant
        AND b.seed = a.seed AND b.dtype = a.dtype
    WHERE a.side = 'left' AND b.side = 'right'
    ORDER BY a.evaluator, a.metric, a.asked, a.variant, a.task, a.seed
"""  # noqa: S608 - no input goes in

# A side is the state after a plan run: the newest finished run of each job until then.
_NIGHTS = f"""
    WITH ends AS (
        SELECT night_id, max(committed_at) AS ended FROM runs
        WHERE night_id IN (:left, :right) GROUP BY night_id
    ), stood AS (
        SELECT r.*, CASE WHEN e.night_id = :left THEN 'left' ELSE 'right' END AS side, {_ASKED}
        FROM named_runs AS r JOIN ends AS e ON r.committed_at <= e.ended
        WHERE r.status = 'finished'
    ), ended AS (
        SELECT * FROM stood
        QUALIFY row_number() OVER (
            PARTITION BY side, checkpoint, task, evaluator, asked, seed, dtype
            ORDER BY committed_at DESC, run_id
        ) = 1
    ), chosen AS MATERIALIZED (
        SELECT * FROM ended QUALIFY count(*) OVER (PARTITION BY run_id) = 1
    ), {_HEADLINES}
    SELECT coalesce(a.checkpoint, b.checkpoint) AS checkpoint,
        coalesce(a.evaluator, b.evaluator) AS evaluator, coalesce(a.task, b.task) AS task,
        coalesce(a.metric, b.metric) AS metric, coalesce(a.asked, b.asked) AS asked,
        coalesce(a.variant, b.variant) AS variant, coalesce(a.dtype, b.dtype) AS dtype,
        coalesce(a.seed, b.seed) AS seed,
        a.value AS left_value, a.ci_low AS left_low, a.ci_high AS left_high,
        b.value AS right_value, b.ci_low AS right_low, b.ci_high AS right_high,
        b.value - a.value AS difference, coalesce(b.n, a.n) AS n,
        concat_ws(', ',
            CASE WHEN b.checkpoint_digest <> a.checkpoint_digest THEN 'checkpoint' END,
            CASE WHEN b.dataset_digest <> a.dataset_digest THEN 'dataset' END
        ) AS changed,
        a.run_id AS left_run, b.run_id AS right_run
    FROM (SELECT * FROM headline WHERE side = 'left') AS a
    FULL JOIN (SELECT * FROM headline WHERE side = 'right') AS b
        ON b.checkpoint = a.checkpoint AND b.evaluator = a.evaluator AND b.task = a.task
        AND b.metric = a.metric AND b.asked = a.asked AND b.variant = a.variant
        AND b.seed = a.seed AND b.dtype = a.dtype
    ORDER BY abs(b.value - a.value) DESC NULLS LAST, task, metric, asked, variant LIMIT :most
"""  # noqa: S608 - no input goes in

_PAIRED = f"""
    SELECT what, CAST(count(*) AS INTEGER) AS pairs, avg(difference) AS difference,
        avg(difference) - {half_width("difference")} AS ci_low,
        avg(difference) + {half_width("difference")} AS ci_high
    FROM (
        SELECT unnest(CAST(:what AS VARCHAR[])) AS what,
            unnest(CAST(:differences AS DOUBLE[])) AS difference
    )
    GROUP BY what ORDER BY what
"""  # noqa: S608 - no input goes in


def checkpoints(connection: Connection) -> pd.DataFrame:
    """Return the checkpoints that were measured, the newest first."""
    return frame(connection, _CHECKPOINTS)


def best_pair(connection: Connection) -> tuple[str, str] | None:
    """Return the two checkpoints with most tasks in common, the older one first."""
    found = frame(connection, _PAIR)
    return None if found.empty else (str(found["left"].iloc[0]), str(found["right"].iloc[0]))


def sides(connection: Connection, left: str, right: str) -> pd.DataFrame:
    """Return two checkpoints' headline scores with equal rows and parameters.

    Args:
        connection: Of the store.
        left: Digest of a checkpoint.
        right: Digest of another; `difference` is right minus left.
    """
    return frame(connection, _SIDES, left=left, right=right)


def nights(connection: Connection, left: str, right: str, most: int = 5000) -> pd.DataFrame:
    """Return the differences between the states after two plan runs.

    A side is missing where it had no score.
    """
    return frame(connection, _NIGHTS, left=left, right=right, most=most)


def paired(
    connection: Connection, what: tuple[str, ...], differences: tuple[float, ...]
) -> pd.DataFrame:
    """Return means of paired differences with their 95% intervals (Student's t).

    Args:
        connection: Of the store.
        what: What each difference belongs to; a mean is taken over each.
        differences: As many numbers. An interval is missing where there are fewer than two.
    """
    return frame(connection, _PAIRED, what=list(what), differences=list(differences))
