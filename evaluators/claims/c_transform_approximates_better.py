"""A critic by the c-transform approximates the Wasserstein distance better."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    BATCH_ERROR,
    CRITICS,
    WGAN_SOURCE,
    factor_gained,
    factor_rule,
    made_up_runs,
    of_critics,
)
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence

WORSE, BETTER = "penalty", "c-transform"


def judge(evidence: RowEvidence) -> Finding:
    """Compare the relative errors of the two critics."""
    return factor_gained(evidence, BATCH_ERROR, WORSE, BETTER)


def controls() -> Sequence[Control[RowEvidence]]:
    """Three times as much, as much, a third, a difference in noise, and one arm alone."""

    def made(factor: float, noise: float = 0.1) -> RowEvidence:
        means = {BATCH_ERROR: {WORSE: 0.1 * factor, BETTER: 0.1}}
        return RowEvidence(made_up_runs(means, noise=noise))

    return (
        Control("three times as much", made(3.0), "holds"),
        Control("as much", made(1.0, 0.05), "refuted"),
        Control("a third", made(1 / 3), "refuted"),
        Control("a little more, in noise", made(1.3, 0.6), "inconclusive"),
        Control(
            "one arm alone",
            RowEvidence(made_up_runs({BATCH_ERROR: {BETTER: 0.1}})),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="the c-transform is nearer to the distance than the penalty",
    sentence="A critic that is trained by the c-transform approximates the Wasserstein distance"
    " better than"
    " one with the gradient penalty.",
    source=WGAN_SOURCE,
    decision_rule="The number is |the critic's distance − the exact one| over the exact one, on"
    " batches of the"
    " training size, with the gradient penalty over that with the c-transform." + factor_rule(),
    evidence=of_critics(BATCH_ERROR),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
