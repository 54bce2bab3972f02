"""The critic as a linear form of its normalised gradient works very badly."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import (
    CRITICS,
    ENERGY,
    GN_SOURCE,
    ON_IMAGES,
    factor_controls,
    factor_gained,
    factor_rule,
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
    """One that is worse, level, better, lost in noise, and alone."""
    return factor_controls(ENERGY, WORSE, BETTER)


CLAIM = Claim(
    title="a critic as a linear form of its gradient works very badly",
    sentence="The linear form ⟨∇D/‖∇D‖, x⟩ should be equivalent to the normalised critics, yet"
    " works very badly.",
    source=GN_SOURCE,
    decision_rule="The number is the energy distance of 512 samples from real points that were"
    " not trained on, with the linear form over that with D/(‖∇D‖ + |D|)."
    + factor_rule(MUCH)
    + ON_IMAGES,
    evidence=of_critics(ENERGY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8757,
)
