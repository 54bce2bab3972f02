"""Through a shared encoder, the mixture of feature gradients bounds that of all gradients."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    EXACT_RULE,
    exact,
    largest,
    made_up_values,
    rows_of_bench,
    smallest,
)

METRIC, ARM, OTHER = "bound_ratio", "largest singular value", "smallest singular value"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far the length is above the bound, where it is above what bounds nothing."""
    other = smallest(evidence, METRIC, OTHER)
    if other <= 1:
        raise NotTestable("the smallest singular value bounds it too, so nothing is shown")
    found = largest(evidence, METRIC, ARM)
    return exact(
        evidence,
        max(0.0, found - 1),
        f"the largest ‖Σ α g‖ / (‖J‖ ‖Σ α z‖) is {found:.3g}; with the smallest singular value for"
        f" ‖J‖ it is at least {other:.3g}",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Below the bound, on it, above it, and nothing to bound."""

    def made(ratio: float, other: float = 2.0) -> RowEvidence:
        return made_up_values({(METRIC, ARM): (0.5, ratio), (METRIC, OTHER): (other, other)})

    return (
        Control("below", made(0.7), "holds"),
        Control("on it", made(1 + 1e-15), "holds"),
        Control("above", made(1.2), "refuted"),
        Control("a millionth above", made(1 + 1e-6), "inconclusive"),
        Control("one singular value", made(1.0, 1.0), "not testable here"),
    )


CLAIM = Claim(
    title="feature gradients bound a shared encoder's",
    sentence="With a shared encoder, ‖Σ α ∇L‖ is at most ‖J‖ times the length of the same mixture"
    " of gradients by the features, which are cheaper.",
    source="Su Jianlin, kexue.fm/archives/8896 (2022-02-08); Sener and Koltun 2018,"
    " arXiv:1810.04650; paraphrased",
    decision_rule="The number is how far ‖Σ α ∇L‖ / (‖J‖ ‖Σ α z‖) is above 1 at most, over seeds,"
    " with random Jacobians J, some chosen against the gradients and some that reach the bound."
    " Asked only where the smallest singular value instead of the largest, ‖J‖, bounds nothing."
    + EXACT_RULE,
    evidence=rows_of_bench("common_descent", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8896,
)
