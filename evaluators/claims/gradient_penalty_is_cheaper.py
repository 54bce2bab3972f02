"""The gradient penalty takes fewer operations than normalised gradients."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import GN_SOURCE, made_up_runs, of_critics
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.normalised_critics_are_flat_in_pieces import NORMALISED

FLOPS, PENALTY, CONTROL = "megaflops", "penalty", "none"
SAVED = 0.05
"""The smallest share of operations that is worth the name."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the operations of a round: they are counted, so nothing is uncertain."""
    counts = {arm: max(by_seed(evidence, FLOPS, arm).values()) for arm in (*NORMALISED, PENALTY)}
    saved = {arm: 1 - counts[PENALTY] / counts[arm] for arm in NORMALISED}
    least = min(saved.values())
    verdict: Word = "holds" if least > SAVED else "refuted"
    base = max(by_seed(evidence, FLOPS, CONTROL).values())
    each = ", ".join(f"{arm} {count / base:.2f}" for arm, count in sorted(counts.items()))
    return Finding(
        verdict,
        f"floating-point operations of a round, without a constraint 1: {each}; the number is the"
        " share that the penalty saves of the cheaper normalised one",
        statistic=least,
        threshold=SAVED,
        rests_on="an exact count",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Cheaper than both, than one alone, dearer, and no normalised critic."""

    def made(**counts: float) -> RowEvidence:
        rows = made_up_runs({FLOPS: counts}, noise=0.0)
        return RowEvidence([{**row, "value": counts[row["arm"]]} for row in rows])

    return (
        Control("a third cheaper", made(none=10, penalty=20, wu=30, bhaskara=31), "holds"),
        Control("as dear as one", made(none=10, penalty=20, wu=20, bhaskara=30), "refuted"),
        Control("dearer", made(none=10, penalty=40, wu=30, bhaskara=30), "refuted"),
        Control("no normalised critic", made(none=10, penalty=20), "not testable here"),
    )


CLAIM = Claim(
    title="the penalty takes fewer operations than normalisation",
    sentence="The gradient penalty is cheaper than normalising the gradient, which needs second"
    " derivatives for the generator too.",
    source=GN_SOURCE,
    decision_rule="The number is the share of the floating-point operations of a round (steps"
    " of the critic and one of the generator, matrix products alone, counted by torch) that the"
    f" penalty saves of the cheaper normalised form. Holds when it is above {SAVED:g}, refuted"
    " otherwise; a count is never inconclusive.",
    evidence=of_critics(FLOPS),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8757,
)
