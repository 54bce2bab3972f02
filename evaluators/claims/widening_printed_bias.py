"""As printed, the second bias of a feed-forward layer is halved when its width is doubled."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.widenings import (
    LOSSLESS,
    RULE,
    SOURCE,
    changed,
    judge_arm,
    of_settings,
)

PRINTED = "printed bias"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the logits change with the printed factor."""
    return judge_arm(evidence, PRINTED)


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another function, something between, and where nothing is lossless."""
    return (
        Control("rounding", changed({PRINTED: (3e-6, 3e-6, 3e-6)}), "holds"),
        Control("another function", changed({PRINTED: (0.2, 0.22, 0.19)}), "refuted"),
        Control("between", changed({PRINTED: (1e-4, 1e-4, 2e-4)}), "inconclusive"),
        Control(
            "b₂/√2 is not lossless either",
            changed({PRINTED: (0.2, 0.22, 0.19), LOSSLESS: (0.2, 0.22, 0.19)}),
            "not testable here",
        ),
        Control("not measured", changed({}), "not testable here"),
    )


CLAIM = Claim(
    title="b₂ is halved for GELU",
    sentence="For activations other than ReLU the second layer of a feed-forward block gets the"
    " factors 1/(2√2) and, for its bias, 1/2.",
    source=SOURCE,
    decision_rule="All else being as in the lossless way, the number is" + RULE + " Judged where"
    " the activation is not ReLU. A bias of 0, as before training, would hide it.",
    evidence=of_settings("*activation GELU*", "*activation SwiGLU*"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8444,
    misprint="The factor 1/2 of b₂, in the text and in the table that sums it up, must be 1/√2. The"
    " block's output y is to become y/√2, of which the repeated weights give 2·a·w/(2√2) = aw/√2,"
    " so the bias must give b₂/√2. With 1/√2 the logits of random transformers stay the same up to"
    " rounding (1e-14 standard deviations in float64), with 1/2 they change by a fifth of one or"
    " more.",
)
