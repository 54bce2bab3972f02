"""Keep what pages ask of scores most in three small tables, which are written with the scores.

A store has a hundred scores for each number that a page shows: every number of dimensions, and
every subset of a task. DuckDB reads a column of ten million in a tenth of a second, but a page asks
for ten columns, grouped by run. What is condensed follows from the scores of one run alone, and is
written in the transaction that writes them, so it is never older than they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from db.batch import FEW, insert, insert_chunks

if TYPE_CHECKING:
    import sqlalchemy as sa

_WIDEST = "SELECT run_id, max(k) AS k FROM {scores} GROUP BY run_id"

_HEADLINES = f"""
    SELECT s.run_id, s.metric, s.variant, s.value, s.ci_low, s.ci_high, s.n, s.k
    FROM {{scores}} AS s
    JOIN ({_WIDEST}) AS w ON w.run_id = s.run_id AND w.k IS NOT DISTINCT FROM s.k
    WHERE s.aggregate IS NULL OR s.aggregate = 'all'
"""  # noqa: S608 - no input goes in

# `max` of one number is that number: `rankcheck db check` finds a run that has two of a kind.
_NUMBERS = """
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS spearman,
            max(ci_low) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS ci_low,
            max(ci_high) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS ci_high,
            max(value) FILTER (WHERE metric = 'pearson' AND aggregate = 'all') AS pearson,
            max(n) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS pairs,
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'mean') AS spearman_mean,
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'wmean')
                AS spearman_wmean"""

_CORRELATIONS = f"""correlations AS (
        SELECT s.*, w.k AS widest FROM {{scores}} AS s JOIN ({_WIDEST}) AS w ON w.run_id = s.run_id
        WHERE subset IS NULL
            AND metric IN ('spearman', 'pearson') AND aggregate IN ('all', 'mean', 'wmean')
    )"""  # noqa: S608 - no input goes in

_FULL_WIDTH = f"""
    WITH {_CORRELATIONS}
    SELECT run_id, widest AS k,
        {_NUMBERS.replace("WHERE", "WHERE k IS NOT DISTINCT FROM widest AND")},
        list(k ORDER BY k) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS ks
    FROM correlations GROUP BY run_id, widest
"""  # noqa: S608 - no input goes in

_OTHER_WIDTHS = f"""
    WITH {_CORRELATIONS}
    SELECT run_id, k, 'float32' AS "precision", {_NUMBERS},
        NULL::DOUBLE AS change, NULL::DOUBLE AS change_low, NULL::DOUBLE AS change_high
    FROM correlations WHERE k IS DISTINCT FROM widest GROUP BY run_id, k
    UNION ALL
    SELECT run_id, k, split_part(metric, '_', 2),
        max(value) FILTER (WHERE metric NOT LIKE '%_change'),
        max(ci_low) FILTER (WHERE metric NOT LIKE '%_change'),
        max(ci_high) FILTER (WHERE metric NOT LIKE '%_change'), NULL, max(n), NULL, NULL,
        max(value) FILTER (WHERE metric LIKE '%_change'),
        max(ci_low) FILTER (WHERE metric LIKE '%_change'),
        max(ci_high) FILTER (WHERE metric LIKE '%_change')
    FROM {{scores}}
    WHERE metric IN ('spearman_int8', 'spearman_int8_change', 'spearman_binary',
        'spearman_binary_change')
    GROUP BY run_id, k, split_part(metric, '_', 2)
"""  # noqa: S608 - no input goes in

CONDENSED = {
    "headline_scores": _HEADLINES,
    "full_width_scores": _FULL_WIDTH,
    "other_width_scores": _OTHER_WIDTHS,
}
"""The SQL of each table's rows, by its name; `{scores}` stands for a relation as `scores`."""

_NEW = "new_scores"
"""A relation of one connection alone: queries of it see these rows, and not those of other runs."""


def insert_scores(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert all scores of one or more runs, and what is condensed of them.

    Args:
        connection: With an open transaction.
        rows: Dicts with the columns of `scores`.
    """
    if len(rows) > FEW:
        _insert_many(connection, rows)
    elif rows:
        _insert_few(connection, rows)


def _insert_few(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    import sqlalchemy as sa

    from db.tables import scores

    connection.exec_driver_sql(f"CREATE OR REPLACE TEMP TABLE {_NEW} AS FROM scores LIMIT 0")
    insert(connection, scores.to_metadata(sa.MetaData(), name=_NEW), rows)
    connection.exec_driver_sql(f"INSERT INTO scores BY NAME FROM {_NEW}")
    _insert_condensed(connection, _NEW)
    connection.exec_driver_sql(f"DROP TABLE {_NEW}")


def _insert_many(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    import pyarrow as pa

    from db.tables import scores

    chunks = list(insert_chunks(connection, scores, rows))
    # A column that is empty in one chunk has no type there.
    whole = pa.concat_tables(chunks, promote_options="default")
    raw = connection.connection.driver_connection
    raw.register(_NEW, whole)  # type: ignore[union-attr]
    try:
        _insert_condensed(connection, _NEW)
    finally:
        raw.unregister(_NEW)  # type: ignore[union-attr]


def condense(connection: sa.Connection) -> None:
    """Write the condensed tables anew from all scores, in the caller's transaction."""
    for name in CONDENSED:
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - our names
    _insert_condensed(connection, "scores")


def _insert_condensed(connection: sa.Connection, scores: str) -> None:
    for name, query in CONDENSED.items():
        connection.exec_driver_sql(f"INSERT INTO {name} BY NAME {query.format(scores=scores)}")
