"""Queries of the CLUE page: scores by configuration, paired differences, classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame
from evaluators.clue.respondents import RUNS
from evaluators.sql_view import half_width

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

VIEWS = ("clue_scores", "clue_classes", "clue_confusions", "clue_against_floors")
ARMS = ("arm_differences",)

_HOW = """checkpoint, checkpoint_digest, trained_on, transfer, mode, head, method, post, selection,
    max_train, epochs, dtype, dataset_digest, setting"""

_CHOICES = """
    SELECT task, split, family, metric, count(*) AS scores FROM clue_scores
    GROUP BY task, split, family, metric ORDER BY task, split, metric
"""

# With several seeds the interval is that of their mean; with one, that over its examples.
_MEANS = f"""
    SELECT {_HOW}, avg(value) AS value,
        CASE WHEN count(*) > 1 THEN avg(value) - {half_width("value")} ELSE min(ci_low) END
            AS ci_low,
        CASE WHEN count(*) > 1 THEN avg(value) + {half_width("value")} ELSE max(ci_high) END
            AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds, max(n) AS n, arg_max(run_id, finished_at) AS run_id
    FROM clue_scores
    WHERE task = :task AND split = :split AND metric = :metric
    GROUP BY {_HOW}
    ORDER BY value DESC, run_id
"""  # noqa: S608 - no input goes in

_TASKS = """
    SELECT checkpoint, task, metric, mode, transfer, max(mean) AS best
    FROM (
        SELECT checkpoint, task, metric, mode, transfer, avg(value) AS mean
        FROM clue_scores
        GROUP BY checkpoint, task, split, metric, mode, transfer, trained_on, head, method, post,
            setting, dataset_digest
    )
    GROUP BY checkpoint, task, metric, mode, transfer
    ORDER BY checkpoint, mode, transfer, task
"""

_FLOORS = """
    SELECT standing, checkpoint, task, split, metric, mode, head, method, post, trained_on, value,
        floor, floor_value, difference, error, seeds
    FROM clue_against_floors
    ORDER BY task, metric, difference DESC
"""

_DIFFERENCES = """
    SELECT evaluator, task, setting, checkpoint, trained_on, metric, arm, base, difference, ci_low,
        ci_high, seeds, arm_mean, base_mean
    FROM arm_differences
    ORDER BY evaluator, task, metric, setting, base, arm
"""

_CLASSES = """
    SELECT "class", precision, recall, f1, gold FROM clue_classes
    WHERE run_id = :run_id AND post = :post
    ORDER BY gold DESC, "class"
"""

_CONFUSIONS = """
    SELECT gold, predicted, examples FROM clue_confusions
    WHERE run_id = :run_id AND post = :post
    ORDER BY examples DESC, gold, predicted LIMIT :most
"""


def choices(connection: Connection) -> pd.DataFrame:
    """Return what was scored: tasks, splits, metrics."""
    return frame(connection, _CHOICES)


def means(connection: Connection, task: str, split: str, metric: str) -> pd.DataFrame:
    """Return the mean over seeds of every configuration, the best first."""
    return frame(connection, _MEANS, task=task, split=split, metric=metric)


def tasks(connection: Connection) -> pd.DataFrame:
    """Return the best mean of each checkpoint, task, metric, mode and transfer."""
    return frame(connection, _TASKS)


def floors(connection: Connection) -> pd.DataFrame:
    """Return the scores on each task with the better of the baselines without a model."""
    return frame(connection, _FLOORS)


def differences(connection: Connection) -> pd.DataFrame:
    """Return the differences between arms of one setting, paired by seed."""
    return frame(connection, _DIFFERENCES)


def runs(connection: Connection, task: str) -> pd.DataFrame:
    """Return the runs of a task with what they were run with, the oldest first."""
    return frame(connection, RUNS, task=task)


def classes(connection: Connection, run_id: str, post: str = "none") -> pd.DataFrame:
    """Return precision, recall and F1 of each class of one post-processed run."""
    return frame(connection, _CLASSES, run_id=run_id, post=post)


def confusions(
    connection: Connection, run_id: str, post: str = "none", most: int = 900
) -> pd.DataFrame:
    """Return how often each class was predicted as each, the most frequent first."""
    return frame(connection, _CONFUSIONS, run_id=run_id, post=post, most=most)
