"""The critic as a linear form of its normalised gradient works very badly."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    CRITICS,
    ENERGY,
    GN_SOURCE,
    factor_gained,
    factor_rule,
    made_up_runs,
    of_critics,
)
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence

WORSE, BETTER = "linear-form", "wu"
MUCH = 2.0
"""The smallest factor that is worth "very badly"."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare how far samples are from real points."""
    return factor_gained(evidence, ENERGY, WORSE, BETTER, factor=MUCH)


def controls() -> Sequence[Control[RowEvidence]]:
    """Three times as much, as much, a third, a difference in noise, and one arm alone."""

    def made(factor: float, noise: float = 0.1) -> RowEvidence:
        means = {ENERGY: {WORSE: 0.1 * factor, BETTER: 0.1}}
        return RowEvidence(made_up_runs(means, noise=noise))

    return (
        Control("three times as much", made(3.0), "holds"),
        Control("as much", made(1.0, 0.05), "refuted"),
        Control("a third", made(1 / 3), "refuted"),
        Control("a little more, in noise", made(1.3, 0.6), "inconclusive"),
        Control(
            "one arm alone",
            RowEvidence(made_up_runs({ENERGY: {BETTER: 0.1}})),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="a critic as a linear form of its gradient works very badly",
    sentence="The linear form ⟨∇D/‖∇D‖, x⟩ should be equivalent to the normalised critics, yet"
    " works very"
    " badly.",
    source=GN_SOURCE,
    decision_rule="The number is the energy distance of 512 samples from real points that were"
    " not trained on,"
    " with the linear form over that with D/(‖∇D‖ + |D|)." + factor_rule(MUCH),
    evidence=of_critics(ENERGY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8757,
)
