"""Queries of the claims page: claims, current verdicts and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy.exc import DBAPIError

from dashboard.queries.frame import frame, lacking

if TYPE_CHECKING:
    from sqlalchemy import Connection

COLUMNS = """claim, decided_at, verdict, statistic, ci_low, ci_high, threshold, board, snapshot,
    treatment, setting, combined, level, cut, exploratory, p_value, q_value, looks,
    smallest_detectable, rests_on, settles, precedes_rule, detail, sentence, source, scope,
    night_id, run_id"""
"""The columns of a verdict that pages show, as SQL."""

# A plan run may judge a canary's claim several times, once for each task: all verdicts of the
# newest plan run are current. Every other claim has one verdict for each piece of evidence.
_STANDING = f"""
    SELECT {COLUMNS} FROM current_verdicts
    WHERE treatment IS NOT NULL OR board IS NOT NULL OR setting IS NOT NULL OR combined
    UNION ALL
    SELECT {COLUMNS} FROM (
        SELECT * FROM claim_history
        WHERE treatment IS NULL AND board IS NULL AND setting IS NULL AND NOT combined
        QUALIFY night_id IS NOT DISTINCT FROM first_value(night_id) OVER (
            PARTITION BY claim ORDER BY decided_at DESC, night_id)
    )
    ORDER BY claim, combined DESC, board, snapshot, treatment, setting, detail
"""  # noqa: S608 - no input goes in

# The wording judged last, so that a verdict stands beside its own rule: a store may have recorded
# another version of the claims later, and have judged by the first again since.
_KNOWN = """
    SELECT claim_id, claim, sentence, source, decision_rule, evaluator, recorded_at, title,
        home_board, home_snapshot, home_treatment, scope, level
    FROM claims LEFT JOIN (
        SELECT claim_id, max(decided_at) AS judged_at FROM verdicts GROUP BY claim_id
    ) USING (claim_id)
    QUALIFY row_number() OVER (
        PARTITION BY claim ORDER BY judged_at DESC NULLS LAST, recorded_at DESC, claim_id) = 1
    ORDER BY claim
"""

_HISTORY = f"""
    SELECT {COLUMNS} FROM claim_history WHERE claim = :claim
    ORDER BY decided_at DESC, combined DESC, board, snapshot, treatment, setting, detail LIMIT :most
"""  # noqa: S608 - no input goes in


_ARTICLES = """
    SELECT article, title_zh, title_en, url, published_on, claim FROM articles
    WHERE claim IS NOT NULL ORDER BY article, claim
"""


CAUSES = ("Its rule or wording changed", "New evidence", "Judged anew")
"""Why a verdict differs from the one before."""

# A claim's own verdict where it has one; a canary and what a flow wrote by itself have none.
_CHANGES = f"""
    WITH wording AS (
        SELECT claim, arg_max(sentence, recorded_at) AS sentence FROM claims GROUP BY claim
    ), own AS (
        SELECT *, lag(verdict) OVER earlier AS before, lag(claim_id) OVER earlier AS claim_before,
            lag(evidence_digest) OVER earlier AS digest_before
        FROM verdicts WHERE combined
        WINDOW earlier AS (PARTITION BY claim ORDER BY decided_at, verdict_id)
    )
    SELECT o.claim, o.decided_at, o.verdict, o.before, o.statistic, o.detail, w.sentence,
        o.ci_low, o.ci_high, o.threshold, o.p_value, o.board, o.level,
        CASE WHEN o.claim_id IS DISTINCT FROM o.claim_before THEN '{CAUSES[0]}'
            WHEN o.evidence_digest IS DISTINCT FROM o.digest_before THEN '{CAUSES[1]}'
            ELSE '{CAUSES[2]}' END AS cause
    FROM own AS o LEFT JOIN wording AS w ON w.claim = o.claim
    WHERE o.before IS DISTINCT FROM o.verdict
    ORDER BY o.decided_at DESC, o.claim LIMIT :most
"""  # noqa: S608 - no input goes in


def changes(connection: Connection, most: int = 1000) -> pd.DataFrame:
    """Return the verdicts over all settings that differ from the one before, and the first ones."""
    return frame(connection, _CHANGES, most=most)


def newest_run(connection: Connection, sql: str) -> str | None:
    """Return the newest run behind the rows of a view.

    Args:
        connection: To the store.
        sql: From `dashboard.claims.rows_behind`, which quotes every value.
    """
    query = f"SELECT run_id FROM ({sql}) ORDER BY finished_at DESC, run_id LIMIT 1"  # noqa: S608
    try:
        found = connection.exec_driver_sql(query).first()
    except DBAPIError:  # a view of means has no runs
        return None
    return None if found is None or found[0] is None else str(found[0])


def standing(connection: Connection) -> pd.DataFrame:
    """Return the current verdicts: one for each claim and piece of evidence."""
    return frame(connection, _STANDING)


def known(connection: Connection) -> pd.DataFrame:
    """Return every claim in the wording judged last, or else the newest, with its rule."""
    return frame(connection, _KNOWN)


def history(connection: Connection, claim: str, most: int = 2000) -> pd.DataFrame:
    """Return all verdicts on one claim, newest first."""
    return frame(connection, _HISTORY, claim=claim, most=most)


def articles(connection: Connection) -> pd.DataFrame:
    """Return the articles that make a claim, once for each; empty in a store without the view."""
    if lacking(connection, "articles"):
        return pd.DataFrame(columns=["article", "title_zh", "title_en", "claim"])
    return frame(connection, _ARTICLES)
