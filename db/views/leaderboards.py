"""Views of leaderboards: the newest import of each snapshot, in long form and ranked."""

from __future__ import annotations

from db.tables import (
    leaderboard_cells,
    leaderboard_columns,
    leaderboard_facts,
    leaderboard_ranks,
    leaderboard_rows,
    leaderboards,
)
from db.views.runs import described
from evaluators.sql_view import View

CURRENT_BOARDS = View(
    "current_boards",
    "Each leaderboard snapshot once: its newest import.",
    described(leaderboards),
    """
    SELECT board_id, board, snapshot, title, source, retrieved, licence, notes, content_digest,
        imported_at
    FROM leaderboards
    QUALIFY row_number() OVER (
        PARTITION BY board, snapshot ORDER BY imported_at DESC, board_id
    ) = 1
    """,
)

LEADERBOARD_LONG = View(
    "leaderboard_long",
    "Leaderboards in long form: one row for each number; a missing number has no row.",
    {
        **described(leaderboards, "board", "snapshot"),
        **described(leaderboard_rows, "model", "submitted_by", "is_human"),
        **described(leaderboard_columns, "task", "metric", "role"),
        **described(leaderboard_cells, "value", "source"),
        **described(leaderboard_columns, "column_name", "split_of", "unit_max", "higher_is_better"),
        **described(leaderboard_cells, "suspect", "suspect_reason"),
        **described(leaderboard_cells, "model_position", "column_position"),
    },
    """
    SELECT b.board, b.snapshot, m.model, m.submitted_by, m.is_human, c.task, c.metric, c.role,
        x.value, coalesce(x.source, m.source, b.source) AS source, c.column_name, c.split_of,
        c.unit_max, c.higher_is_better, x.suspect, x.suspect_reason, x.model_position,
        x.column_position
    FROM current_boards AS b
    JOIN leaderboard_cells AS x ON x.board_id = b.board_id
    JOIN leaderboard_rows AS m ON m.board_id = b.board_id AND m.position = x.model_position
    JOIN leaderboard_columns AS c ON c.board_id = b.board_id AND c.position = x.column_position
    """,
)

RANKS = View(
    "ranks",
    "Ranks of each leaderboard under each treatment and mean, rows left out included.",
    {
        **described(leaderboards, "board", "snapshot"),
        **described(leaderboard_ranks, "treatment", "mean"),
        **described(leaderboard_rows, "model", "is_human"),
        **described(leaderboard_ranks, "score", "rank", "p", "left_out_reason", "flags"),
        **described(leaderboard_rows, "submitted_by", "published_score"),
        **described(leaderboard_ranks, "model_position", "ranked_at"),
        **described(leaderboard_ranks, "tier", "rank_low", "rank_high"),
    },
    """
    WITH rankings AS (
        SELECT ranking_id FROM (
            SELECT DISTINCT ranking_id, ranked_at, board_id, treatment, mean
            FROM leaderboard_ranks
        )
        QUALIFY row_number() OVER (
            PARTITION BY board_id, treatment, mean ORDER BY ranked_at DESC, ranking_id DESC
        ) = 1
    )
    SELECT b.board, b.snapshot, k.treatment, k.mean, m.model, m.is_human, k.score, k.rank, k.p,
        k.left_out_reason, k.flags, m.submitted_by, m.published_score, k.model_position,
        k.ranked_at, k.tier, k.rank_low, k.rank_high
    FROM leaderboard_ranks AS k
    JOIN rankings AS n ON n.ranking_id = k.ranking_id
    JOIN current_boards AS b ON b.board_id = k.board_id
    JOIN leaderboard_rows AS m ON m.board_id = k.board_id AND m.position = k.model_position
    """,
)

RANK_SHIFTS = View(
    "rank_shifts",
    "How a model's rank moves between the three means, under each treatment.",
    {
        **described(leaderboards, "board", "snapshot"),
        **described(leaderboard_ranks, "treatment"),
        **described(leaderboard_rows, "model", "is_human"),
        "arithmetic": "Rank under the arithmetic mean.",
        "geometric": "Rank under the geometric mean.",
        "harmonic": "Rank under the harmonic mean.",
        "shift": "Worst of the three ranks less the best; NULL where one is missing.",
    },
    """
    SELECT board, snapshot, treatment, model, is_human, arithmetic, geometric, harmonic,
        CASE WHEN arithmetic IS NOT NULL AND geometric IS NOT NULL AND harmonic IS NOT NULL
            THEN greatest(arithmetic, geometric, harmonic)
                - least(arithmetic, geometric, harmonic) END AS shift
    FROM (
        SELECT board, snapshot, treatment, model, is_human, model_position,
            max(rank) FILTER (WHERE mean = 'arithmetic') AS arithmetic,
            max(rank) FILTER (WHERE mean = 'geometric') AS geometric,
            max(rank) FILTER (WHERE mean = 'harmonic') AS harmonic
        FROM ranks
        GROUP BY board, snapshot, treatment, model, is_human, model_position
    )
    """,
)


MODEL_FACTS = View(
    "model_facts",
    "What is known of each leaderboard's models beside their scores, with its source.",
    {
        **described(leaderboards, "board", "snapshot"),
        **described(leaderboard_rows, "model"),
        **described(leaderboard_facts, "fact", "number", "text"),
        "source": "Where it was read.",
        **described(leaderboard_facts, "model_position"),
    },
    """
    SELECT b.board, b.snapshot, m.model, f.fact, f.number, f.text,
        coalesce(f.source, m.source, b.source) AS source, f.model_position
    FROM current_boards AS b
    JOIN leaderboard_facts AS f ON f.board_id = b.board_id
    JOIN leaderboard_rows AS m ON m.board_id = b.board_id AND m.position = f.model_position
    """,
)

VIEWS = (CURRENT_BOARDS, LEADERBOARD_LONG, MODEL_FACTS, RANKS, RANK_SHIFTS)
