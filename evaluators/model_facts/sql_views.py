"""Views of leaderboards for SQL: their models with the facts about them."""

from __future__ import annotations

from evaluators.model_facts.facts import FACTS, FactKind
from evaluators.sql_view import View


def _value(name: str, fact: FactKind) -> str:
    """Return the expression of a fact's value among the rows of one model."""
    value = {"number": "f.number", "flag": "f.number = 1", "text": "f.text"}[fact.kind]
    return f"any_value({value}) FILTER (WHERE f.fact = '{name}') AS {name}"


LEADERBOARD_MODELS = View(
    "leaderboard_models",
    "The models of each leaderboard with the facts about them; NULL where one is unknown.",
    {
        "board": "Name of the board: superglue for example.",
        "snapshot": "Date or edition of the numbers.",
        "model": "Name of the model.",
        "submitted_by": "Who submitted it.",
        "is_human": "Whether this is a human baseline.",
        "published_score": "The score that the board itself shows.",
        **{name: fact.text for name, fact in FACTS.items()},
        "model_position": "Row: see leaderboard_rows.position.",
    },
    f"""
    SELECT b.board, b.snapshot, m.model, m.submitted_by, m.is_human, m.published_score,
        {", ".join(_value(name, fact) for name, fact in FACTS.items())},
        m.position AS model_position
    FROM current_boards AS b
    JOIN leaderboard_rows AS m ON m.board_id = b.board_id
    LEFT JOIN leaderboard_facts AS f ON f.board_id = b.board_id AND f.model_position = m.position
    GROUP BY b.board, b.snapshot, b.board_id, m.model, m.submitted_by, m.is_human,
        m.published_score, m.position
    """,  # noqa: S608
)

VIEWS = (LEADERBOARD_MODELS,)
