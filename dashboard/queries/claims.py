"""Queries of the claims page: claims, current verdicts and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.frame import frame, lacking

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COLUMNS = """claim, decided_at, verdict, statistic, ci_low, ci_high, threshold, board, snapshot,
    treatment, setting, combined, level, cut, exploratory, p_value, q_value, looks,
    smallest_detectable, rests_on, settles, precedes_rule, detail, sentence, source, scope,
    night_id, run_id"""

# A plan run may judge a canary's claim several times, once for each task: all verdicts of the
# newest plan run are current. Every other claim has one verdict for each piece of evidence.
_STANDING = f"""
    SELECT {_COLUMNS} FROM current_verdicts
    WHERE treatment IS NOT NULL OR board IS NOT NULL OR setting IS NOT NULL OR combined
    UNION ALL
    SELECT {_COLUMNS} FROM (
        SELECT * FROM claim_history
        WHERE treatment IS NULL AND board IS NULL AND setting IS NULL AND NOT combined
        QUALIFY night_id IS NOT DISTINCT FROM first_value(night_id) OVER (
            PARTITION BY claim ORDER BY decided_at DESC, night_id)
    )
    ORDER BY claim, combined DESC, board, snapshot, treatment, setting, detail
"""  # noqa: S608 - no input goes in

_KNOWN = """
    SELECT claim, sentence, source, decision_rule, evaluator, recorded_at, title, home_board,
        home_snapshot, home_treatment, scope, level
    FROM claims
    QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
    ORDER BY claim
"""

_HISTORY = f"""
    SELECT {_COLUMNS} FROM claim_history WHERE claim = :claim
    ORDER BY decided_at DESC, combined DESC, board, snapshot, treatment, setting, detail LIMIT :most
"""  # noqa: S608 - no input goes in


_ARTICLES = """
    SELECT article, title_zh, title_en, url, published_on, claim FROM articles
    WHERE claim IS NOT NULL ORDER BY article, claim
"""


def standing(connection: Connection) -> pd.DataFrame:
    """Return the current verdicts: one for each claim and piece of evidence."""
    return frame(connection, _STANDING)


def known(connection: Connection) -> pd.DataFrame:
    """Return every claim in its newest wording, with its rule."""
    return frame(connection, _KNOWN)


def history(connection: Connection, claim: str, most: int = 2000) -> pd.DataFrame:
    """Return all verdicts on one claim, newest first."""
    return frame(connection, _HISTORY, claim=claim, most=most)


def articles(connection: Connection) -> pd.DataFrame:
    """Return the articles that make a claim, once for each; empty in a store without the view."""
    if lacking(connection, "articles"):
        return pd.DataFrame(columns=["article", "title_zh", "title_en", "claim"])
    return frame(connection, _ARTICLES)
