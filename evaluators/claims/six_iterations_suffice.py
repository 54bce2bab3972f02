"""Six iterations towards the pseudo-inverse suffice for Nyström attention."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import as_factor, log_ratio, made_up_runs
from evaluators.claims.judging.claim import Claim, Control, Finding, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.landmarks import (
    ERROR,
    EXACT,
    SIX,
    SOURCE,
    at_published_size,
    mean_errors,
)

MOST = 1.1
"""Factor by which errors may grow that still counts as none."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether six steps surely err by no more than the exact inverse and a tenth."""
    found = log_ratio(evidence, ERROR, SIX, EXACT)
    low, high = found.ends
    better = found._replace(estimate=-found.estimate, low=-high, high=-low)
    ruling = rules.no_worse(better, math.log(MOST), look=evidence.look)
    word: Word = ruling.word
    return decided(
        found,
        word,
        f"error of six steps / exact inverse: {as_factor(found)}, {found.n} seeds; means"
        f" {mean_errors(evidence)}",
        threshold=math.log(MOST),
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """As good, better, much worse, and about a tenth worse."""

    def made(factor: float, noise: float = 0.02) -> RowEvidence:
        return RowEvidence(made_up_runs({ERROR: {SIX: factor, EXACT: 1.0}}, noise=noise))

    return (
        Control("as good", made(1.0), "holds"),
        Control("better", made(0.4), "holds"),
        Control("half as much again", made(1.5), "refuted"),
        Control("about a tenth more", made(1.1, 0.2), "inconclusive"),
    )


CLAIM = Claim(
    title="six iterations suffice",
    sentence="Six iterations towards the pseudo-inverse are enough for Nyström attention.",
    source=SOURCE,
    decision_rule="The number is the natural logarithm of the error of attention's output with six"
    " iterations over that with the exact pseudo-inverse, 64 landmarks of 512 tokens, mean over"
    f" seeds. Holds when a t-test at 2.5% finds the factor below {MOST:g}, refuted when one finds"
    " it above, inconclusive otherwise. That six steps end near the pseudo-inverse is not asked.",
    evidence=at_published_size("", "likeness *, "),
    judge=judge,
    controls=controls,
    level="small",
    article=8180,
)
