"""With rotary positions the transformer of twice the width is another function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.claims.judging.claim import Claim, Control, Finding, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import by_setting
from evaluators.claims.judging.widenings import (
    METRIC,
    OTHER,
    SAME,
    SOURCE,
    changed,
    judge_arm,
    of_settings,
)

WIDER, SINGLY = "frequencies of the wider model", "not in pairs"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the logits change with the frequencies of a head of twice the size."""
    found = judge_arm(evidence, WIDER)
    turned: dict[Word, Word] = {"holds": "refuted", "refuted": "holds"}
    singly = next(iter(by_setting(evidence, METRIC, SINGLY).values()))
    return replace(
        found,
        verdict=turned.get(found.verdict, found.verdict),
        detail=f"{found.detail}; {SINGLY} {singly.estimate:.2g}",
        threshold=OTHER,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Another function, rounding, something between."""

    def made(*values: float) -> RowEvidence:
        return changed({WIDER: values, SINGLY: (1.0, 1.1, 1.2)})

    return (
        Control("another function", made(0.8, 0.9, 1.0), "holds"),
        Control("rounding", made(3e-6, 3e-6, 3e-6), "refuted"),
        Control("between", made(1e-4, 1e-4, 2e-4), "inconclusive"),
        Control("without RoPE", changed({}), "not testable here"),
    )


CLAIM = Claim(
    title="with RoPE the doubled width is not lossless",
    sentence="With RoPE, even if neighbours are repeated in pairs, the wider transformer is the"
    " same only approximately, as its heads have more frequencies.",
    source=SOURCE,
    decision_rule="All else being as in the lossless way, the heads turn with the usual frequencies"
    " of their doubled size. The number is the mean over random transformers of the largest change"
    f" of a logit, in standard deviations of their logits. Holds when its 95% interval lies above"
    f" {OTHER:g}, refuted when it lies below {SAME:g}, inconclusive otherwise; not testable as in"
    " the claim that widening is lossless. With each frequency repeated instead it is lossless.",
    evidence=of_settings("*positions RoPE*"),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8444,
)
