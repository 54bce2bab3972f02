"""Post-LN reaches a lower loss than Pre-LN."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.realformer import (
    AT_BEST,
    BENCH,
    LOSS,
    MARGIN,
    POST,
    PRE,
    judge_losses,
    made,
    rows,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the losses at each one's best rate."""
    return judge_losses(evidence, POST, PRE)


def controls() -> Sequence[Control[RowEvidence]]:
    """Return a lower loss, an equal one, a higher one, noise, and a rate at an end."""

    def losses(post: float, noise: float = 0.002, at_end: str = "") -> RowEvidence:
        return made(LOSS, {PRE: 2.4, POST: post}, noise=noise, at_end=at_end)

    return (
        Control("lower by 0.1", losses(2.3), "holds"),
        Control("equal", losses(2.4), "refuted"),
        Control("higher", losses(2.5), "refuted"),
        Control("lower by 0.03 in much noise", losses(2.37, noise=0.1), "inconclusive"),
        Control("the best rate at an end", losses(2.3, at_end=PRE), "not testable here"),
    )


CLAIM = Claim(
    title="Post-LN beats Pre-LN",
    sentence="A transformer with LayerNorm after each sum (Post-LN), once it is trained, is better"
    " than one with LayerNorm before each sublayer (Pre-LN).",
    source="Su Jianlin, kexue.fm/archives/8027 (2020-12-24); He et al. 2020, arXiv:2012.11747,"
    " masked language models; paraphrased",
    decision_rule="The number is the loss of Pre-LN less that of Post-LN in nats a token."
    + AT_BEST
    + gain_rule(MARGIN, trained=False),
    evidence=rows(LOSS),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8027,
)
