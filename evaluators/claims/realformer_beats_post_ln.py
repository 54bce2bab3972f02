"""RealFormer reaches a lower loss than Post-LN."""

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
    REAL,
    SHUFFLED,
    judge_losses,
    made,
    rows,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the losses at each one's best rate."""
    return judge_losses(evidence, REAL, POST)


def controls() -> Sequence[Control[RowEvidence]]:
    """Return a lower loss, an equal one, a higher one, noise, and benches out of order."""

    def losses(
        real: float, noise: float = 0.002, at_end: str = "", gap: float = 0.0
    ) -> RowEvidence:
        each = {POST: 2.4, REAL: real, SHUFFLED: 2.4}
        return made(LOSS, each, noise=noise, at_end=at_end, gap=gap)

    return (
        Control("lower by 0.1", losses(2.3), "holds"),
        Control("equal", losses(2.4), "refuted"),
        Control("higher", losses(2.5), "refuted"),
        Control("lower by 0.03 in much noise", losses(2.37, noise=0.1), "inconclusive"),
        Control("the best rate at an end", losses(2.3, at_end=REAL), "not testable here"),
        Control("scores times 0 are not Post-LN", losses(2.3, gap=0.01), "not testable here"),
    )


CLAIM = Claim(
    title="RealFormer beats Post-LN",
    sentence="With the scores of attention added up over the layers, A_n = Q_n K_nᵀ/√d + A_{n−1},"
    " a Post-LN transformer gets better.",
    source="Su Jianlin, kexue.fm/archives/8027 (2020-12-24); He et al. 2020, arXiv:2012.11747,"
    " masked language models; paraphrased",
    decision_rule="The number is the loss of Post-LN less that of RealFormer in nats a token."
    + AT_BEST
    + gain_rule(MARGIN, trained=False),
    evidence=rows(LOSS),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8027,
)
