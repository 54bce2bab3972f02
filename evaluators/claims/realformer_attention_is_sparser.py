"""RealFormer's attention is sparser than that of Post-LN."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.realformer import (
    AT_BEST,
    BENCH,
    ENTROPY,
    POST,
    REAL,
    SHUFFLED,
    in_nats,
    lead_at_best,
    made,
    means,
    rows,
)

MARGIN = 0.1
"""Nats of the entropy of a row: attention spread evenly over a tenth fewer tokens."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the entropies of attention at each one's best rate."""
    found = lead_at_best(evidence, ENTROPY, POST, REAL)
    return gained(
        found,
        f"entropy of attention rows, Post-LN − RealFormer: {in_nats(found)};"
        f" {means(evidence, ENTROPY)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Return sparser attention, attention alike, less sparse, and noise."""

    def entropies(real: float, noise: float = 0.01, at_end: str = "") -> RowEvidence:
        each = {POST: 2.0, REAL: real, SHUFFLED: 2.0}
        return made(ENTROPY, each, noise=noise, at_end=at_end)

    return (
        Control("lower by 0.5", entropies(1.5), "holds"),
        Control("equal", entropies(2.0), "refuted"),
        Control("higher", entropies(2.5), "refuted"),
        Control("lower by 0.2 in much noise", entropies(1.8, noise=0.5), "inconclusive"),
        Control("the best rate at an end", entropies(1.5, at_end=POST), "not testable here"),
    )


CLAIM = Claim(
    title="RealFormer's attention is sparser",
    sentence="The attention of RealFormer is sparser than that of Post-LN.",
    source="Su Jianlin, kexue.fm/archives/8027 (2020-12-24); He et al. 2020, arXiv:2012.11747,"
    " figures of the entropy of attention by layer; paraphrased",
    decision_rule="The number is the entropy of the rows of attention, mean over heads, layers and"
    " tokens, of Post-LN less RealFormer in nats." + AT_BEST + gain_rule(MARGIN, trained=False),
    evidence=rows(ENTROPY),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8027,
)
