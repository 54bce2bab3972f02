"""A critic by the c-transform approximates the Wasserstein distance better."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    BATCH_ERROR,
    CRITICS,
    WGAN_SOURCE,
    factor_controls,
    factor_gained,
    factor_rule,
    of_critics,
)
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence

WORSE, BETTER = "penalty", "c-transform"


def judge(evidence: RowEvidence) -> Finding:
    """Compare the relative errors of the two critics."""
    return factor_gained(evidence, BATCH_ERROR, WORSE, BETTER)


def controls() -> Sequence[Control[RowEvidence]]:
    """One that is worse, level, better, lost in noise, and alone."""
    return factor_controls(BATCH_ERROR, WORSE, BETTER)


CLAIM = Claim(
    title="the c-transform is nearer to the distance than the penalty",
    sentence="A critic that is trained by the c-transform approximates the Wasserstein distance"
    " better than one with the gradient penalty.",
    source=WGAN_SOURCE,
    decision_rule="The number is |the critic's distance − the exact one| over the exact one, on"
    " batches of the training size, with the gradient penalty over that with the c-transform."
    + factor_rule(),
    evidence=of_critics(BATCH_ERROR),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
