"""The verdicts that count now."""

from __future__ import annotations

from db.views.claims import CLAIM_HISTORY
from evaluators.sql_view import View

CURRENT_VERDICTS = View(
    "current_verdicts",
    "The newest verdict on each claim for each board, snapshot and treatment.",
    dict(CLAIM_HISTORY.columns),
    """
    SELECT * FROM claim_history
    QUALIFY row_number() OVER (
        PARTITION BY claim, board, snapshot, treatment
        ORDER BY decided_at DESC, verdict, detail
    ) = 1
    ORDER BY claim, board, snapshot, treatment
    """,
)

VIEWS = (CURRENT_VERDICTS,)
