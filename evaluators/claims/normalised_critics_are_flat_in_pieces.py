"""Critics with a normalised gradient are 1-Lipschitz inside the pieces where they are linear."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import GN_SOURCE, made_up_runs
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence

SLOPE = "largest_slope"
NORMALISED, PLAIN = ("wu", "bhaskara"), "plain"
ROUNDING = 1e-6

OF_PIECES = {
    "evaluator": ("gradient_normalisation",),
    "setting": ("relu,*", "leaky relu,*"),
}
"""Which rows are of critics that are linear in more than one piece."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the largest slope that a search found with 1, where the plain critic is steeper."""
    largest = {arm: max(by_seed(evidence, SLOPE, arm).values()) for arm in NORMALISED}
    plain = by_seed(evidence, SLOPE, PLAIN)
    if min(plain.values()) <= 1:
        raise NotTestable(
            f"the plain critic's largest slope is {min(plain.values()):.3g} in a seed: nothing to"
            " hold down"
        )
    worst = max(largest.values())
    verdict: Word = "holds" if worst <= 1 + ROUNDING else "refuted"
    found = ", ".join(f"{arm} {slope:.6f}" for arm, slope in largest.items())
    return Finding(
        verdict,
        f"largest slope found: {found}; plain {min(plain.values()):.3g} or more",
        statistic=worst,
        threshold=1.0,
        rests_on=f"a search in each of {len(plain)} critics",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """At most 1, above 1 in one form, a flat plain critic, and no plain critic."""

    def made(wu: float, plain: float = 5.0) -> RowEvidence:
        means = {SLOPE: {"wu": wu, "bhaskara": 0.9, PLAIN: plain}}
        rows = made_up_runs(means, noise=0.0)
        # Only the scale that seeds share differs; a theorem has none.
        return RowEvidence([{**row, "value": means[SLOPE][row["arm"]]} for row in rows])

    return (
        Control("at most 1", made(1.0), "holds"),
        Control("1.01", made(1.01), "refuted"),
        Control("a flat critic", made(0.9, plain=0.95), "not testable here"),
        Control(
            "no plain critic",
            RowEvidence(made_up_runs({SLOPE: {"wu": 1.0, "bhaskara": 1.0}})),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="normalised critics are 1-Lipschitz inside linear pieces",
    sentence="D/(‖∇D‖ + |D|) and D‖∇D‖/(‖∇D‖² + ε) have a slope of at most 1 wherever D is linear:"
    " inside the pieces of a network with ReLU.",
    source=GN_SOURCE,
    decision_rule="The number is the largest slope of either form that a search by climbing finds"
    f" in float64. Holds when it is at most 1 + {ROUNDING:g}, refuted otherwise, never"
    " inconclusive; not testable where"
    " the plain critic is nowhere steeper than 1. A search bounds a slope from below only: the"
    " theorem is what says that there is no steeper place.",
    evidence=RowsOf("arm_scores", by=("setting",), among={**OF_PIECES, "metric": (SLOPE,)}),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8757,
)
