"""Gains of each weight leave a wider range of learning rates than Adam."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.gains_widen_the_range import MARGIN, METRIC, against, controls_against
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import BENCHES, rows_of_bench


def judge(evidence: RowEvidence) -> Finding:
    """Compare with Adam."""
    return against(evidence, "adam")


def controls() -> Sequence[Control[RowEvidence]]:
    """Wider, as wide, narrower, lost in noise, and no rate at all."""
    return controls_against("adam")


CLAIM = Claim(
    title="gains leave a wider range of rates than Adam",
    sentence="With gains ν ← ν ∘ exp(γ g ∘ g′) of each weight, more learning rates work than with"
    " Adam.",
    source="A question to Su Jianlin, kexue.fm/archives/8968 (2022-03-03), which does not compare"
    " them",
    decision_rule="The number is the width of the range of learning rates that bring a quadratic"
    " loss to a share of the first, with gains less Adam's, in decades, paired by problem"
    " (Student's t), each conditioning and noise by itself." + gain_rule(MARGIN),
    evidence=rows_of_bench("learning_rate_range", METRIC),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8968,
    fresh=BENCHES["learning_rate_range"],
)
