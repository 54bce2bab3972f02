"""Both forms of the trace in the Wasserstein distance are equal."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.gaussians import SOURCE, of_task
from evaluators.claims.judging.mathematics import largest, measured

METRIC = "trace_error"
ROOTS, TWICE = ("symmetric root", "product root"), "one covariance twice"
ROUNDING, WRONG = 1e-6, 1e-3
"""Relative: what is rounding, and another number."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the two forms are from the sum of singular values that both should be."""
    control = largest(evidence, (TWICE,), METRIC)
    if control.value <= WRONG:
        raise NotTestable(f"the trace of another product is off by {control} only")
    found = largest(evidence, ROOTS, METRIC)
    word: Word = "holds"
    if found.value > ROUNDING:
        word = "refuted" if found.value > WRONG else "inconclusive"
    return Finding(
        word,
        f"largest relative difference {found} of {found.n}; of another product {control.value:.2g}",
        statistic=found.value,
        threshold=ROUNDING,
        rests_on=f"{found.n} numbers",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another number, something between, and a bench that sees nothing."""

    def made(error: float, control: float = 0.1) -> RowEvidence:
        rows = {("condition 100", arm, METRIC): (1e-12, 1e-11) for arm in ROOTS}
        rows["condition 1e+10", ROOTS[1], METRIC] = (1e-9, error)
        rows["condition 100", TWICE, METRIC] = (control, control)
        return measured(rows)

    return (
        Control("rounding", made(1e-8), "holds"),
        Control("a tenth off in one pair", made(0.1), "refuted"),
        Control("between", made(1e-4), "inconclusive"),
        Control("another product looks right", made(1e-8, control=1e-9), "not testable here"),
    )


CLAIM = Claim(
    title="two traces of the Wasserstein distance are equal",
    sentence="tr (Σp^½ Σq Σp^½)^½ = tr (Σp Σq)^½, also of covariances without full rank.",
    source=SOURCE,
    decision_rule="The number is the largest relative difference of either form, in float64, from"
    " the sum of the singular values of FpᵀFq where Σ = FFᵀ, over condition numbers up to 10¹⁰,"
    f" covariances of half the rank, and random pairs. Holds when it is at most {ROUNDING:g},"
    f" refuted when it is above {WRONG:g}, inconclusive otherwise. Not testable where tr Σp in its"
    " place is no farther off than that.",
    evidence=of_task("two traces"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8512,
)
