"""Views of claims and verdicts: which stands, and how each came about."""

from __future__ import annotations

from db.tables import claims, verdicts
from db.views.runs import described
from evaluators.sql_view import View


# Benjamini and Yekutieli's correction holds under any dependence, and verdicts share boards,
# seeds and data: q of the i-th smallest of m p-values is the smallest over j >= i of
# p_j m (1 + 1/2 + ... + 1/m) / j.
def _with_q_values(source: str, family: str) -> str:
    """Return a query of `source` with a column `q_value`, computed within each family."""
    return f"""
    SELECT * EXCLUDE (family_size, place),
        CASE WHEN p_value IS NOT NULL THEN least(1.0, min(
            p_value * family_size / place
            * list_sum(list_transform(range(1, family_size + 1), lambda i: 1.0 / i))
        ) OVER (PARTITION BY {family}, p_value IS NULL ORDER BY place DESC
            ROWS UNBOUNDED PRECEDING)) END AS q_value
    FROM (
        SELECT *, count(p_value) OVER (PARTITION BY {family}) AS family_size,
            row_number() OVER (PARTITION BY {family}, p_value IS NULL ORDER BY p_value) AS place
        FROM ({source})
    )
    """  # noqa: S608 - no input goes in


_UNIQUE = """
    SELECT * REPLACE (coalesce(combined, false) AS combined) FROM verdicts
    QUALIFY row_number() OVER (PARTITION BY verdict_id ORDER BY decided_at) = 1
"""

_RULE = "claim, decision_rule, evaluator, scope, level, home_board, home_snapshot, home_treatment"
"""What of a claim decides. Another title, sentence or source makes another `claim_id` of the same
rule, which evidence does not precede for that."""

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
            "setting",
            "combined",
            "level",
            "cut",
            "exploratory",
            "p_value",
        ),
        "q_value": "P-value corrected for all verdicts of the same plan run (Benjamini and"
        " Yekutieli 2001): a share of wrong ones among those up to it; NULL without a p-value.",
        **described(
            verdicts,
            "looks",
            "smallest_detectable",
            "rests_on",
            "settles",
            "evidence_from",
            "run_id",
            "night_id",
            "detail",
        ),
        **described(claims, "sentence", "source", "scope"),
        "precedes_rule": "Whether evidence was measured before this store knew the claim's rule: a"
        " title, sentence or source in other words is no other rule.",
    },
    f"""
    WITH by_id AS (
        SELECT *, min(recorded_at) OVER (PARTITION BY {_RULE}) AS rule_known_at FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim_id ORDER BY recorded_at) = 1
    ), by_name AS (
        SELECT * FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
    )
    SELECT v.claim, v.decided_at, v.verdict, v.statistic, v.ci_low, v.ci_high, v.threshold,
        v.board, v.snapshot, v.treatment, v.setting, v.combined,
        v.level, v.cut, v.exploratory, v.p_value, v.q_value, v.looks, v.smallest_detectable,
        v.rests_on, v.settles, v.evidence_from, v.run_id, v.night_id, v.detail,
        coalesce(i.sentence, n.sentence) AS sentence, coalesce(i.source, n.source) AS source,
        coalesce(i.scope, n.scope) AS scope,
        v.evidence_from < i.rule_known_at AS precedes_rule
    FROM ({_with_q_values(_UNIQUE, "combined, coalesce(night_id, '')")}) AS v
    LEFT JOIN by_id AS i ON i.claim_id = v.claim_id
    LEFT JOIN by_name AS n ON n.claim = v.claim
    ORDER BY v.decided_at DESC, v.claim, v.verdict_id
    """,  # noqa: S608 - no input goes in
)

# A claim's own verdict and one that has no setting are two things.
_NEWEST = """
    SELECT * EXCLUDE (q_value) FROM claim_history
    QUALIFY row_number() OVER (
        PARTITION BY claim, board, snapshot, treatment, setting, combined
        ORDER BY decided_at DESC, verdict, detail
    ) = 1
"""


CURRENT_VERDICTS = View(
    "current_verdicts",
    "The newest verdict on each claim: for each board, snapshot and treatment or setting, and over"
    " all of them (combined).",
    {
        **CLAIM_HISTORY.columns,
        "q_value": "P-value corrected for all current verdicts (Benjamini and Yekutieli 2001): the"
        " share of wrong ones to expect among those up to it; NULL without a p-value.",
    },
    f"""
    SELECT {", ".join(CLAIM_HISTORY.columns)}
    FROM ({_with_q_values(_NEWEST, "combined")})
    ORDER BY claim, combined DESC, board, snapshot, treatment, setting
    """,  # noqa: S608 - no input goes in
)

VIEWS = (CLAIM_HISTORY, CURRENT_VERDICTS)
