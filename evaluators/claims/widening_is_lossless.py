"""Repeating and scaling doubles the width of a transformer without changing what it computes."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.widenings import (
    CONTROL,
    LOSSLESS,
    RULE,
    SOURCE,
    changed,
    judge_arm,
    of_settings,
)


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the logits change when everything is scaled as it must be."""
    return judge_arm(evidence, LOSSLESS)


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another function, something between, and a bench that sees nothing."""
    return (
        Control("rounding", changed({}), "holds"),
        Control("another function", changed({LOSSLESS: (0.2, 0.21, 0.19)}), "refuted"),
        Control("between", changed({LOSSLESS: (1e-4, 1e-4, 2e-4)}), "inconclusive"),
        Control("nothing is seen", changed({CONTROL: (1e-6, 1e-6, 1e-6)}), "not testable here"),
        Control("two seeds", changed({LOSSLESS: (1e-6, 1e-6)}), "not testable here"),
    )


CLAIM = Claim(
    title="a transformer's width can be doubled without loss",
    sentence="Repeating every weight and scaling it doubles the width of a transformer, which"
    " computes the same as before.",
    source=SOURCE,
    decision_rule="With b₂/√2, half of LayerNorm's ε and, under RoPE, repeated frequencies (see the"
    " claims on these three), the number is" + RULE,
    evidence=of_settings("*"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8444,
)
