"""Write a board's table as a query, for the page SQL."""

from __future__ import annotations

from dashboard.leaderboards.view import View
from evaluators.averaging import MEANS, TREATMENTS
from evaluators.sql_view import text_literal

_RANKS = """\
SELECT rank, model, submitted_by, score
FROM ranks
WHERE board = {board} AND snapshot = {snapshot} AND treatment = {treatment} AND mean = {mean}
    AND rank IS NOT NULL
ORDER BY rank, model_position"""

_CELLS = """\
SELECT model, column_name, task, metric, value
FROM leaderboard_long
WHERE board = {board} AND snapshot = {snapshot}
    AND column_name IN ({columns})
ORDER BY model_position, column_position"""


def board_sql(view: View) -> str:
    """Return the query of a board's ranks, or of the scores behind them.

    The store has the ranks of whole boards under the three means; any other exponent, treatment or
    selection is computed when somebody looks, so the query has the scores that count.
    """
    ranking = view.ranking
    names = {
        "board": text_literal(ranking.board),
        "snapshot": text_literal(ranking.snapshot),
        "treatment": text_literal(view.treatment.name),
        "mean": text_literal(ranking.mean),
    }
    if view.treatment.name in TREATMENTS and ranking.mean in MEANS:
        return _RANKS.format(**names)
    columns = ", ".join(text_literal(column.name) for column in view.board.columns)
    return _CELLS.format(**names, columns=columns)
