"""Queries of the page of experiments: arms of one evaluator, their differences and curves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboard.queries.frame import frame
from evaluators.result import LATE_IMPROVEMENT
from evaluators.sql_view import half_width, text_literal

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

VIEWS = ("arm_scores", "arm_differences")

_WHERE = "task, setting, checkpoint, trained_on"

CHOICES = """
    SELECT evaluator, metric, count(DISTINCT setting) AS settings, count(DISTINCT arm) AS arms
    FROM arm_scores
    GROUP BY evaluator, metric
    ORDER BY evaluator, metric
"""

MEANS = f"""
    SELECT {_WHERE}, arm, avg(value) AS value,
        avg(value) - {half_width("value")} AS ci_low,
        avg(value) + {half_width("value")} AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds, max(n) AS n
    FROM arm_scores
    WHERE evaluator = :evaluator AND metric = :metric
    GROUP BY ALL
    ORDER BY {_WHERE}, arm
"""  # noqa: S608 - no input goes in

DIFFERENCES = f"""
    SELECT {_WHERE}, arm, base, difference, ci_low, ci_high, seeds, arm_mean, base_mean
    FROM arm_differences
    WHERE evaluator = :evaluator AND metric = :metric
    ORDER BY difference, {_WHERE}, arm, base
"""  # noqa: S608 - no input goes in

# Jobs may share seeds: only the networks that `arm_scores` counts are drawn.
CURVES = f"""
    WITH counted AS (
        SELECT {_WHERE}, arm, seed, run_id FROM arm_scores
        WHERE evaluator = :evaluator AND metric = '{LATE_IMPROVEMENT}'
    ), points AS (
        SELECT a.* EXCLUDE (run_id), unnest(c."values") AS loss,
            generate_subscripts(c."values", 1) - 1 AS place, len(c."values") - 1 AS parts
        FROM score_curves AS c JOIN counted AS a ON a.run_id = c.run_id
            AND a.arm = json_extract_string(c.variant, '$.arm')
            AND a.setting = json_extract_string(c.variant, '$.setting')
            AND a.seed = TRY_CAST(json_extract_string(c.variant, '$.seed') AS BIGINT)
        WHERE c.metric = 'training_loss'
    )
    SELECT {_WHERE}, arm, greatest(0, 100 * (place - 0.5) / parts) AS share, avg(loss) AS loss,
        avg(loss) - {half_width("loss")} AS ci_low, avg(loss) + {half_width("loss")} AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds
    FROM points
    GROUP BY ALL
    ORDER BY {_WHERE}, arm, share
"""  # noqa: S608 - no input goes in

RUNS = """
    SELECT task, parameters, code_commit, device, seconds, finished_at FROM latest_runs
    WHERE evaluator = :evaluator
    ORDER BY task, parameters
"""

SEEDS = """
    SELECT count(DISTINCT seed) AS seeds, min(seed) AS first_seed, max(seed) AS last_seed,
        count(DISTINCT setting) AS settings, max(finished_at) AS finished_at
    FROM arm_scores WHERE evaluator = :evaluator
"""


def choices(connection: Connection) -> pd.DataFrame:
    """Return the metrics of every evaluator that has arms."""
    return frame(connection, CHOICES)


def means(connection: Connection, evaluator: str, metric: str) -> pd.DataFrame:
    """Return the mean over seeds of every arm and setting."""
    return frame(connection, MEANS, evaluator=evaluator, metric=metric)


def differences(connection: Connection, evaluator: str, metric: str) -> pd.DataFrame:
    """Return every arm minus every other of its setting, paired by seed, smallest first."""
    return frame(connection, DIFFERENCES, evaluator=evaluator, metric=metric)


def curves(connection: Connection, evaluator: str) -> pd.DataFrame:
    """Return the mean training loss of every arm, by percent of training."""
    return frame(connection, CURVES, evaluator=evaluator)


def runs(connection: Connection, evaluator: str) -> pd.DataFrame:
    """Return the runs of an evaluator that count."""
    return frame(connection, RUNS, evaluator=evaluator)


def seeds(connection: Connection, evaluator: str) -> pd.DataFrame:
    """Return how many seeds and settings an evaluator has, in one row."""
    return frame(connection, SEEDS, evaluator=evaluator)


def shown(sql: str, **params: str) -> str:
    """Return a query with its values filled in, for people to read and to run on the SQL page."""
    lines = [line.removeprefix("    ") for line in sql.strip("\n").rstrip().split("\n")]
    quoted = {name: text_literal(value) for name, value in params.items()}
    return re.sub(r":(\w+)", lambda found: quoted.get(found[1], found[0]), "\n".join(lines))
