"""Newton's step brings any probabilities to any entropy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.entropies import FRESH, SEARCHES, SOURCE, at_most, searched
from evaluators.claims.judging.evidence import RowEvidence

RARE = 0.01
"""Share of cases that may fail."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how often it has not arrived after 30 steps, or has with the order turned round."""
    return at_most(evidence, "failure_rate", RARE, percent=True)


def controls() -> Sequence[Control[RowEvidence]]:
    """Never, in a third of the cases, and about as often as is still rare."""
    return (
        Control("never", searched("failure_rate", (0.0, 0.0, 0.0)), "holds"),
        Control("once in a thousand", searched("failure_rate", (0.0, 0.002, 0.001)), "holds"),
        Control("a third", searched("failure_rate", (0.3, 0.35, 0.32)), "refuted"),
        Control("one in a hundred", searched("failure_rate", (0.0, 0.02, 0.01)), "inconclusive"),
        Control("two seeds", searched("failure_rate", (0.0, 0.0)), "not testable here"),
    )


CLAIM = Claim(
    title="Newton's step always arrives",
    sentence="Newton's step for the power converges, so that the entropy of any probabilities can"
    " be set.",
    source=SOURCE + "; that it speaks of any distribution is our reading, as no condition is named",
    decision_rule="The number is the share of random cases in which the entropy is not within 1e-6"
    " nats of the wanted one after 30 steps, or is with the order turned round, each way of drawing"
    f" them by itself. Holds when it is surely below {RARE:.0%} (2.5%, over seeds), refuted when it"
    " is surely above, inconclusive otherwise.",
    evidence=SEARCHES,
    judge=judge,
    controls=controls,
    scope="universal",
    level="made-up",
    article=8829,
    fresh=FRESH,
)
