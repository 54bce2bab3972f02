"""RealFormer trains as easily as Pre-LN: up to as large a rate without warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import lead_in_units
from evaluators.claims.judging.realformer import BENCH, LARGEST, POST, PRE, REAL, made, rows

MARGIN = 0.15
"""Of log₁₀: half a doubling of the rate, and half of what must be gained over Post-LN."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what RealFormer lacks, where Pre-LN surely stands more than Post-LN."""
    worth = lead_in_units(evidence, LARGEST, PRE, POST)
    if rules.side(worth).word != "holds":
        raise NotTestable(
            f"Pre-LN − Post-LN is {worth} decades of the rate: Pre-LN is not surely easier to train"
            " than Post-LN, so there is nothing to reach"
        )
    found = lead_in_units(evidence, LARGEST, REAL, PRE)
    ruling = rules.no_worse(found, MARGIN, look=evidence.look)
    means = [
        f"{arm} {10 ** (sum(values) / len(values)):.2g}"
        for arm in (POST, PRE, REAL)
        if (values := by_seed(evidence, LARGEST, arm).values())
    ]
    finding = decided(
        found,
        ruling.word,
        f"largest rate that converges, RealFormer − Pre-LN: {found} decades, {found.n} seeds;"
        f" {', '.join(means)}",
        threshold=-MARGIN,
        p_value=ruling.p_value,
    )
    return replace(finding, settles="" if ruling.word != "inconclusive" else "more seeds")


def controls() -> Sequence[Control[RowEvidence]]:
    """Return as large a rate, a smaller one, one in noise, and a Post-LN that is as easy."""

    def rates(real: float, noise: float = 0.01, post: float = -2.4) -> RowEvidence:
        return made(LARGEST, {POST: post, PRE: -1.8, REAL: real}, noise=noise)

    return (
        Control("as large", rates(-1.8), "holds"),
        Control("larger", rates(-1.5), "holds"),
        Control("no larger than that of Post-LN", rates(-2.4), "refuted"),
        Control("as large in much noise", rates(-1.8, noise=0.25, post=-3.5), "inconclusive"),
        Control("Post-LN is as easy", rates(-1.8, post=-1.8), "not testable here"),
    )


CLAIM = Claim(
    title="RealFormer trains as easily as Pre-LN",
    sentence="RealFormer is as easy to train as Pre-LN, though it is a Post-LN transformer.",
    source="Su Jianlin, kexue.fm/archives/8027 (2020-12-24); He et al. 2020, arXiv:2012.11747;"
    " no number is printed for it; paraphrased",
    decision_rule="Trained without warm-up at several rates; one converges where its loss goes at"
    " least half of the way from that of single tokens to that of a table of pairs of neighbours."
    " The number is log₁₀ of the largest rate that converges, RealFormer less Pre-LN, paired by"
    f" seed (Student's t). Holds when a test at 2.5% finds it above −{MARGIN:g}, half a doubling of"
    " the rate; refuted when one finds it below; inconclusive otherwise. Asked only where that rate"
    " of Pre-LN is surely above that of Post-LN: there is nothing to reach otherwise.",
    evidence=rows(LARGEST, warm=False),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8027,
)
