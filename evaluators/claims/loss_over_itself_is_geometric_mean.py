"""The gradient of Σ L / sg(L) is that of the geometric mean of the losses, up to a factor."""

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

METRIC = "mean_gradient_error"


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the largest error, where the arithmetic mean's gradient is another."""
    other = smallest(evidence, METRIC, "arithmetic mean")
    if other <= WRONG:
        raise NotTestable("the arithmetic mean has the same gradient here, so nothing is shown")
    found = largest(evidence, METRIC, "geometric mean")
    return exact(evidence, found, f"relative error {found:.2g}; of the arithmetic mean {other:.2g}")


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another gradient, in between, and means that do not differ."""

    def made(geometric: float, arithmetic: float = 0.2) -> RowEvidence:
        arms = {"geometric mean": geometric, "arithmetic mean": arithmetic}
        return made_up_values({(METRIC, arm): (each, each) for arm, each in arms.items()})

    return (
        Control("rounding", made(1e-16), "holds"),
        Control("a tenth off", made(0.1), "refuted"),
        Control("a millionth", made(1e-6), "inconclusive"),
        Control("equal losses", made(1e-16, 1e-16), "not testable here"),
    )


CLAIM = Claim(
    title="Σ L / sg(L) descends the geometric mean",
    sentence="The gradient of Σ L / sg(L), where sg stops the gradient, is that of the geometric"
    " mean of the losses times n over the mean.",
    source="Su Jianlin, kexue.fm/archives/8870 (2022-01-18); paraphrased",
    decision_rule="The number is the largest relative error, over seeds, of Σ ∇L / L beside n ∇M /"
    " M with M the geometric mean, by automatic differentiation in float64. Asked only where the"
    " arithmetic mean's gradient differs." + EXACT_RULE,
    evidence=rows_of_bench("loss_weights", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8870,
)
