"""The three forms have the determinants 1, −1 and (−1)^(d−1)."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.orthogonal import PAIRS, RULE, SOURCE, controls_of, judge_forms


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far off the determinants are at most."""
    return judge_forms(evidence, "determinant_error")


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, a wrong form, something between, and a bench that sees nothing."""
    return controls_of("determinant_error")


CLAIM = Claim(
    title="their determinants are 1, −1 and (−1)^(d−1)",
    sentence="The three orthogonal matrices that map a to b have the determinants 1, −1 and"
    " (−1)^(d−1).",
    source=SOURCE,
    decision_rule="The number is the largest distance of a determinant from what is promised, over"
    " the three forms, even and odd dimensions and random pairs with cosines within ±0.5, each"
    " precision by itself." + RULE,
    evidence=PAIRS,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8453,
)
