"""A critic by the c-transform makes a worse generator."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    CRITICS,
    ENERGY,
    ON_IMAGES,
    WGAN_SOURCE,
    factor_controls,
    factor_gained,
    factor_rule,
    of_critics,
)
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence

WORSE, BETTER = "c-transform", "penalty"


def judge(evidence: RowEvidence) -> Finding:
    """Compare how far samples are from real points."""
    return factor_gained(evidence, ENERGY, WORSE, BETTER)


def controls() -> Sequence[Control[RowEvidence]]:
    """One that is worse, level, better, lost in noise, and alone."""
    return factor_controls(ENERGY, WORSE, BETTER)


CLAIM = Claim(
    title="the c-transform generates worse than the penalty",
    sentence="A generator that is trained by the c-transform, which approximates the Wasserstein"
    " distance better, makes worse samples than one trained with the gradient penalty.",
    source=WGAN_SOURCE,
    decision_rule="The number is the energy distance of 512 samples from real points that were"
    " not trained on, with the c-transform over that with the gradient penalty."
    + factor_rule()
    + ON_IMAGES,
    evidence=of_critics(ENERGY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
