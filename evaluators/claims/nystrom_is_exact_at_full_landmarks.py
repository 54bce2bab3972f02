"""With a landmark for each token, Nyström attention is attention."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.landmarks import ERROR, EXACT, SIX, SOURCE
from evaluators.claims.judging.mathematics import largest, measured

ROUNDING, OFF = 1e-9, 1e-3
"""Errors that float64 leaves, and that no rounding makes."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the largest error with rounding, where an inexact inverse errs."""
    found = largest(evidence, (EXACT,), ERROR)
    inexact = largest(evidence, (SIX,), ERROR)
    if inexact.value <= OFF:
        raise NotTestable(f"an inverse of six steps, which is not exact, errs by {inexact} only")
    verdict: Word = "inconclusive"
    if found.value < ROUNDING:
        verdict = "holds"
    elif found.value > OFF:
        verdict = "refuted"
    return Finding(
        verdict,
        f"largest relative error {found}; of six steps {inexact}",
        statistic=found.value,
        threshold=ROUNDING,
        rests_on=f"{found.n} sets of tokens",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, an error, something between, and six steps that are exact too."""

    def made(exact: float, six: float = 0.1) -> RowEvidence:
        at = "likeness 0, sequence 128, landmarks 128"
        return measured({(at, EXACT, ERROR): [exact] * 5, (at, SIX, ERROR): [six] * 5})

    return (
        Control("rounding", made(1e-13), "holds"),
        Control("an error", made(0.01), "refuted"),
        Control("between", made(1e-6), "inconclusive"),
        Control("six steps are exact", made(1e-13, 1e-13), "not testable here"),
    )


CLAIM = Claim(
    title="Nyström attention is exact at m = n",
    sentence="With as many landmarks as tokens the product of the three matrices of Nyström"
    " attention is the matrix of attention.",
    source=SOURCE,
    decision_rule="The number is the largest relative error of the output with the exact"
    f" pseudo-inverse, over likenesses, lengths and seeds, in float64. Holds below {ROUNDING:g},"
    f" refuted above {OFF:g}, inconclusive between. Not testable where the inverse by six steps,"
    f" which is not exact, errs by no more than {OFF:g} at its worst. A theorem: no evidence about"
    " practice.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("nystrom_attention",),
            "task": ("a landmark for each token",),
            "metric": (ERROR,),
        },
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8180,
)
