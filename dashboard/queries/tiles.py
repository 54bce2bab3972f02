"""What the first page asks of boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# The newest snapshot of each board, with its first model, and how many are not told apart from it.
_BOARDS = """
    WITH newest AS (
        SELECT * FROM current_boards
        QUALIFY row_number() OVER (PARTITION BY board ORDER BY snapshot DESC) = 1
    ), own AS (
        SELECT r.board, r.snapshot, count(*) FILTER (WHERE rank IS NOT NULL) AS ranked,
            count(*) AS models, count(*) FILTER (WHERE tier = 1) AS together,
            arg_min(model, model_position) FILTER (WHERE rank = 1) AS leader,
            min(model_position) FILTER (WHERE rank = 1) AS leader_position,
            min(score) FILTER (WHERE rank = 1) AS score,
            min(rank) FILTER (WHERE is_human) AS human
        FROM ranks AS r JOIN newest AS n ON n.board = r.board AND n.snapshot = r.snapshot
        WHERE treatment = 'per-task' AND mean = 'arithmetic'
        GROUP BY ALL
    ), wide AS (
        -- Tasks that count, as the board's page does: no diagnostics, and sub-splits as one.
        SELECT board_id, count(DISTINCT coalesce(split_of, task)) AS tasks
        FROM leaderboard_columns WHERE role = 'main' GROUP BY board_id
    )
    SELECT n.board, n.snapshot, n.board_id, n.title, o.models, o.ranked, o.together, o.leader,
        o.leader_position, o.score, o.human, w.tasks
    FROM newest AS n JOIN own AS o ON o.board = n.board AND o.snapshot = n.snapshot
    LEFT JOIN wide AS w ON w.board_id = n.board_id
    ORDER BY o.models DESC, n.board
"""


def boards(connection: Connection) -> pd.DataFrame:
    """Return the newest snapshot of each board with its leader, the largest board first."""
    return frame(connection, _BOARDS)
