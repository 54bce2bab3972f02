"""Three closed forms are orthogonal and map one unit vector to another."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.orthogonal import PAIRS, RULE, SOURCE, controls_of, judge_forms

MAPS, TURNS = "mapping_error", "orthogonality_error"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far off the three forms are at most."""
    return judge_forms(evidence, MAPS, TURNS)


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, a wrong form, something between, and a bench that sees nothing."""
    return controls_of(MAPS, TURNS)


CLAIM = Claim(
    title="three orthogonal matrices map a to b",
    sentence="For unit vectors a and b, I + 2baᵀ − (a+b)(a+b)ᵀ/(1+aᵀb), I − (a−b)(a−b)ᵀ/(1−aᵀb)"
    " and (a+b)(a+b)ᵀ/(1+aᵀb) − I are orthogonal and map a to b.",
    source=SOURCE,
    decision_rule="The number is the largest of the lengths of Ta − b and the spectral norms of"
    " TᵀT − I, over the three forms, dimensions and random pairs with cosines within ±0.5, each"
    " precision by itself." + RULE,
    evidence=PAIRS,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8453,
)
