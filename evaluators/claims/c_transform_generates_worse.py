"""A critic by the c-transform makes a worse generator."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    CRITICS,
    ENERGY,
    WGAN_SOURCE,
    factor_gained,
    factor_rule,
    made_up_runs,
    of_critics,
)
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence

WORSE, BETTER = "c-transform", "penalty"


def judge(evidence: RowEvidence) -> Finding:
    """Compare how far samples are from real points."""
    return factor_gained(evidence, ENERGY, WORSE, BETTER)


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
    title="the c-transform generates worse than the penalty",
    sentence="A generator that is trained by the c-transform, which approximates the Wasserstein"
    " distance"
    " better, makes worse samples than one trained with the gradient penalty.",
    source=WGAN_SOURCE,
    decision_rule="The number is the energy distance of 512 samples from real points that were"
    " not trained on,"
    " with the c-transform over that with the gradient penalty." + factor_rule(),
    evidence=of_critics(ENERGY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
