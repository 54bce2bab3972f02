"""Weights 1/‖∇L‖ make training invariant to a constant that is added to a loss."""

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
    number_in,
    rows_of_bench,
    smallest,
)

METRIC = "trajectory_difference"


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the largest difference, where the weights 1/L vary."""
    if number_in(evidence, "shift") == 0:
        raise NotTestable("no loss was shifted")
    current = smallest(evidence, METRIC, "current")
    if current <= WRONG:
        raise NotTestable(f"nothing to be invariant to: weights 1/L differ by {current:.2g}")
    found = largest(evidence, METRIC, "gradient norm")
    return exact(evidence, found, f"difference {found:.2g}; weights 1/L at least {current:.2g}")


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, a difference, in between, and nothing varied."""

    def made(value: float, current: float = 0.3, shift: float = 1) -> RowEvidence:
        arms = {"gradient norm": value, "current": current}
        values = {(METRIC, arm): (each, each) for arm, each in arms.items()}
        return made_up_values(values, f"scale 1, shift {shift:g}, on one loss, SGD, steps 9")

    return (
        Control("none", made(0.0), "holds"),
        Control("as much as 1/L", made(0.3), "refuted"),
        Control("a millionth", made(1e-6), "inconclusive"),
        Control("1/L does not vary", made(0.0, 0.0), "not testable here"),
        Control("no shift", made(0.0, shift=0), "not testable here"),
    )


CLAIM = Claim(
    title="weights 1/‖∇L‖ ignore a loss's zero",
    sentence="With weights 1/‖∇L‖, adding a constant to a task's loss does not change the training;"
    " with weights 1/L it does.",
    source="Su Jianlin, kexue.fm/archives/8870 (2022-01-18); paraphrased",
    decision_rule="The number is the largest distance of two trainings, with the losses as they are"
    " and with b added, relative to the way of the first, over seeds, in float64. Asked only where"
    " weights 1/L vary." + EXACT_RULE,
    evidence=rows_of_bench("loss_weights", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8870,
)
