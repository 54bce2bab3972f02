"""The gains' exponentiated descent multiplies them by the exponential of successive products."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    EXACT_RULE,
    WRONG,
    exact,
    largest,
    made_up_values,
    rows_of_bench,
    smallest,
)

DERIVATIVE, GAIN = "derivative_error", "gain_error"
RIGHT = ((DERIVATIVE, "minus"), (GAIN, "exp of the sum"))
OTHERS = ((DERIVATIVE, "plus"), (GAIN, "first order"))


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the larger error of derivative and closed form, where others are wrong."""
    found = [largest(evidence, *each) for each in RIGHT]
    others = [smallest(evidence, *each) for each in OTHERS]
    if min(others) <= WRONG:
        raise NotTestable("the opposite sign or the first order are right too: nothing is shown")
    return exact(
        evidence,
        max(found),
        f"relative errors: derivative {found[0]:.2g} (with the other sign {others[0]:.2g}), closed"
        f" form {found[1]:.2g} (to first order {others[1]:.2g})",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, the wrong sign, a closed form that is off, in between, nothing shown."""

    def made(minus: float, closed: float, first: float = 0.02) -> RowEvidence:
        values = dict(zip((*RIGHT, *OTHERS), (minus, closed, 2.0, first), strict=True))
        return made_up_values({key: (value, value) for key, value in values.items()})

    return (
        Control("rounding", made(1e-15, 1e-15), "holds"),
        Control("the other sign", made(2.0, 1e-15), "refuted"),
        Control("another closed form", made(1e-15, 0.05), "refuted"),
        Control("a millionth", made(1e-15, 1e-6), "inconclusive"),
        Control("the first order is exact", made(1e-15, 1e-15, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="gains grow by exp(γ g ∘ g′)",
    sentence="The derivative of the next loss by the gains ν of θ ← θ − η ν ∘ g is −η g ∘ g′, so"
    " that exponentiated descent is ν ← ν ∘ exp(γ g ∘ g′), and ν is exp(γ Σ g ∘ g′): gradients of"
    " one sign enlarge a gain, opposite ones shrink it.",
    source="Su Jianlin, kexue.fm/archives/8968 (2022-03-03); Amid et al. 2022, arXiv:2202.00145;"
    " paraphrased",
    decision_rule="The number is the larger of two relative errors, over seeds and steps of"
    " logistic regression in float64: of −η g ∘ g′ beside the derivative by complex steps, and of"
    " exp(γ Σ g ∘ g′) beside the product of all steps. Asked only where the other sign, and 1 + γ Σ"
    " g ∘ g′, are wrong." + EXACT_RULE,
    evidence=rows_of_bench("exponentiated_gradient", DERIVATIVE, GAIN),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8968,
)
