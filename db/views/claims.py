"""Views of claims and verdicts: which stands, and how each came about."""

from __future__ import annotations

from db.tables import claims, verdicts
from db.views.runs import described
from evaluators.sql_view import View

CLAIM_HISTORY = View(
    "claim_history",
    "Every verdict on every claim, newest first.",
    {
        **described(
            verdicts,
            "claim",
            "decided_at",
            "verdict",
            "statistic",
            "ci_low",
            "ci_high",
            "threshold",
            "board",
            "snapshot",
            "treatment",
            "run_id",
            "night_id",
            "detail",
        ),
        **described(claims, "sentence", "source"),
    },
    """
    WITH by_id AS (
        SELECT * FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim_id ORDER BY recorded_at) = 1
    ), by_name AS (
        SELECT * FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
    )
    SELECT v.claim, v.decided_at, v.verdict, v.statistic, v.ci_low, v.ci_high, v.threshold,
        v.board, v.snapshot, v.treatment, v.run_id, v.night_id, v.detail,
        coalesce(i.sentence, n.sentence) AS sentence, coalesce(i.source, n.source) AS source
    FROM (
        SELECT * FROM verdicts
        QUALIFY row_number() OVER (PARTITION BY verdict_id ORDER BY decided_at) = 1
    ) AS v
    LEFT JOIN by_id AS i ON i.claim_id = v.claim_id
    LEFT JOIN by_name AS n ON n.claim = v.claim
    ORDER BY v.decided_at DESC, v.claim, v.verdict_id
    """,
)


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

VIEWS = (CLAIM_HISTORY, CURRENT_VERDICTS)
