"""Newton's step brings probabilities to a wanted entropy in three to four steps."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.entropies import FRESH, SEARCHES, SOURCE, at_most, searched
from evaluators.claims.judging.evidence import RowEvidence

STEPS = 4.5
"""A mean that rounds to 4 is four steps."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how many steps it takes to 1e-6 nats, on average of cases."""
    return at_most(evidence, "steps", STEPS, percent=False)


def controls() -> Sequence[Control[RowEvidence]]:
    """Four steps, nine, and something between."""
    return (
        Control("four", searched("steps", (4.1, 4.0, 4.1, 4.2)), "holds"),
        Control("nine", searched("steps", (9.0, 8.5, 9.4, 9.1)), "refuted"),
        Control("four or five", searched("steps", (4.1, 4.9, 4.2, 4.6)), "inconclusive"),
        Control("two seeds", searched("steps", (4.1, 4.0)), "not testable here"),
    )


CLAIM = Claim(
    title="Newton's step needs three to four steps",
    sentence="γ ← 1 + (H* − H)/(H² − E[log² p]), p ← pᵞ/Σpᵞ converges in three to four steps.",
    source=SOURCE + "; a plot for 100 uniform numbers and H* = log 30",
    decision_rule="The number is the mean number of steps until the entropy is within 1e-6 nats of"
    " the wanted one; a case that is not there after 30, or is with the order turned round, counts"
    f" as 30. Holds when it is surely below {STEPS:g} (2.5%, over seeds), refuted when it is surely"
    " above, inconclusive otherwise. The verdict is that of the article's own distributions and"
    " target.",
    evidence=SEARCHES,
    judge=judge,
    controls=controls,
    at_home=lambda group: (
        str(group.get("setting")) == ("uniform numbers, outcomes 100, wanted entropy log 30")
    ),
    level="made-up",
    article=8829,
    fresh=FRESH,
)
