"""Query what the boards say of one model: its ranks, its scores beside all others, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_NEWEST = """
    newest AS (
        SELECT * FROM current_boards
        QUALIFY row_number() OVER (PARTITION BY board ORDER BY snapshot DESC) = 1
    )
"""

_NAMES = f"""
    WITH {_NEWEST}
    SELECT DISTINCT m.model FROM leaderboard_rows AS m JOIN newest AS n ON n.board_id = m.board_id
    WHERE NOT m.is_human ORDER BY m.model
"""  # noqa: S608 - no input goes in

_ROWS = f"""
    WITH {_NEWEST}
    SELECT n.board, n.snapshot, n.title, n.board_id, m.model, m.position AS model_position,
        m.submitted_by, m.is_human,
        (SELECT count(*) FROM leaderboard_rows AS o WHERE o.board_id = n.board_id) AS models,
        r.tier AS stored_tier
    FROM leaderboard_rows AS m JOIN newest AS n ON n.board_id = m.board_id
    LEFT JOIN ranks AS r ON r.board = n.board AND r.snapshot = n.snapshot
        AND r.model_position = m.position AND r.treatment = 'per-task' AND r.mean = 'arithmetic'
    WHERE list_contains(:names, lower(m.model))
    ORDER BY models DESC, n.board, m.position
"""  # noqa: S608 - no input goes in

# Costs, of which less is better, and overall columns are no tasks.
_TASKS = """
    WITH cells AS (
        SELECT c.task, c.column_name, c.metric, c.type, c.higher_is_better, c.unit_max,
            v.model_position, v.value, m.model,
            rank() OVER (PARTITION BY v.column_position
                ORDER BY CASE WHEN c.higher_is_better THEN -v.value ELSE v.value END) AS place,
            count(*) OVER (PARTITION BY v.column_position) AS models,
            median(v.value) OVER (PARTITION BY v.column_position) AS median,
            first_value(v.value) OVER best AS best, first_value(m.model) OVER best AS best_model,
            v.column_position
        FROM leaderboard_cells AS v
        JOIN leaderboard_columns AS c
            ON c.board_id = v.board_id AND c.position = v.column_position
        JOIN leaderboard_rows AS m ON m.board_id = v.board_id AND m.position = v.model_position
        WHERE v.board_id = :board_id
        WINDOW best AS (PARTITION BY v.column_position
            ORDER BY CASE WHEN c.higher_is_better THEN -v.value ELSE v.value END, v.model_position)
    )
    SELECT column_name AS task, type, metric, value, median, best, best_model, place, models,
        higher_is_better, unit_max
    FROM cells WHERE model_position = :position ORDER BY column_position
"""

_FACTS = """
    SELECT b.board, f.fact, f.number, f.text, coalesce(f.source, b.source) AS source
    FROM (
        SELECT unnest(CAST(:boards AS VARCHAR[])) AS board_id,
            unnest(CAST(:positions AS INTEGER[])) AS position,
            unnest(range(CAST(:count AS BIGINT))) AS place
    ) AS own
    JOIN leaderboard_facts AS f
        ON f.board_id = own.board_id AND f.model_position = own.position
    JOIN current_boards AS b ON b.board_id = f.board_id
    ORDER BY own.place, f.fact
"""


def names(connection: Connection) -> list[str]:
    """Return the models of all boards in their newest snapshots."""
    return [str(name) for name in frame(connection, _NAMES).model]


def rows(connection: Connection, names: tuple[str, ...]) -> pd.DataFrame:
    """Return a model's rows on the newest snapshot of every board, the largest board first.

    Args:
        connection: To the store.
        names: The names of the model, in small letters.
    """
    return frame(connection, _ROWS, names=list(names))


def tasks(connection: Connection, board_id: str, position: int) -> pd.DataFrame:
    """Return a model's scores on a board, each beside the best and the median of all models."""
    return frame(connection, _TASKS, board_id=board_id, position=position)


def facts(connection: Connection, rows: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    """Return what boards state about a model, in the order of the boards.

    Args:
        connection: To the store.
        rows: The import of each board, and the model's position on it.
    """
    boards, positions = [board for board, _ in rows], [position for _, position in rows]
    return frame(connection, _FACTS, boards=boards, positions=positions, count=len(rows))
