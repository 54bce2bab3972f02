"""Views of training runs for SQL."""

from __future__ import annotations

from evaluators.model_facts.facts import FACTS
from evaluators.sql_view import View

TRAJECTORIES = View(
    "trajectories",
    "Curves of training runs: the scores of rows that are steps of one run, by task and step.",
    {
        "board": "Name of the board: superglue for example.",
        "snapshot": "Date or edition of the numbers.",
        "trajectory": FACTS["trajectory"].text,
        "step": FACTS["step"].text,
        "model": "Name of the row.",
        "task": "The task: MultiRC.",
        "metric": "The metric: f1, accuracy, matthews.",
        "column_name": "The column as printed, unique on the board.",
        "value": "The number, in the column's unit.",
        "unit_max": "What a perfect score is: 100 for per cent, 1 for proportions.",
        "higher_is_better": "False for a cost.",
        "suspect": "Whether the number should not be trusted as printed.",
        "model_position": "Row: see leaderboard_rows.position.",
    },
    """
    WITH steps AS (
        SELECT b.board_id, f.model_position,
            any_value(f.text) FILTER (WHERE f.fact = 'trajectory') AS trajectory,
            any_value(f.number) FILTER (WHERE f.fact = 'step') AS step
        FROM current_boards AS b JOIN leaderboard_facts AS f ON f.board_id = b.board_id
        WHERE f.fact IN ('trajectory', 'step')
        GROUP BY b.board_id, f.model_position
    ), runs AS (
        SELECT board_id, trajectory FROM steps
        WHERE trajectory IS NOT NULL AND step IS NOT NULL
        GROUP BY board_id, trajectory HAVING count(DISTINCT step) > 1
    )
    SELECT b.board, b.snapshot, s.trajectory, s.step, m.model, c.task, c.metric, c.column_name,
        x.value, c.unit_max, c.higher_is_better, x.suspect, s.model_position
    FROM steps AS s
    JOIN runs AS r ON r.board_id = s.board_id AND r.trajectory = s.trajectory
    JOIN current_boards AS b ON b.board_id = s.board_id
    JOIN leaderboard_rows AS m ON m.board_id = s.board_id AND m.position = s.model_position
    JOIN leaderboard_cells AS x
        ON x.board_id = s.board_id AND x.model_position = s.model_position
    JOIN leaderboard_columns AS c
        ON c.board_id = s.board_id AND c.position = x.column_position
    WHERE s.step IS NOT NULL AND x.value IS NOT NULL
    """,
)

VIEWS = (TRAJECTORIES,)
