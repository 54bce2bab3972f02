"""A transformer of twice the width can keep the ε of its LayerNorm."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.widenings import RULE, SOURCE, changed, judge_arm, of_settings

KEPT = "epsilon kept"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the logits change with the old ε."""
    return judge_arm(evidence, KEPT)


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another function, and something between."""
    return (
        Control("rounding", changed({KEPT: (3e-6, 3e-6, 3e-6)}), "holds"),
        Control("a hundredth", changed({KEPT: (0.01, 0.012, 0.011)}), "refuted"),
        Control("between", changed({KEPT: (1e-4, 1e-4, 2e-4)}), "inconclusive"),
        Control("not measured", changed({}), "not testable here"),
    )


CLAIM = Claim(
    title="LayerNorm's ε can stay",
    sentence="To double the width it is enough to scale weights and biases, β and γ among them.",
    source=SOURCE + "; that ε is not named is our reading",
    decision_rule="With the ε of before instead of half of it, the number is"
    + RULE
    + " Judged at 1e-5, the usual ε of torch and of GPT-2; BERT's 1e-12 would hide it.",
    evidence=of_settings("*epsilon 1e-05*"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="made-up",
    article=8444,
    misprint="Variances are halved with the width doubled so, and LayerNorm's ε must be halved too."
    " With BERT's 1e-12 nothing shows; with the 1e-5 of GPT-2, and embeddings drawn with a standard"
    " deviation of 0.02, logits change by a hundredth of a standard deviation and more.",
)
