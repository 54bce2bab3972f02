"""Weights by losses or lengths of gradients make training invariant to the scale of a loss."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    EXACT,
    EXACT_RULE,
    WRONG,
    exact,
    largest,
    made_up_values,
    number_in,
    rows_of_bench,
    setting_of,
    smallest,
)

METRIC = "trajectory_difference"
SCHEMES = ("initial", "current", "gradient norm")


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the largest difference, where equal weights do what they must."""
    if number_in(evidence, "scale") == 1:
        raise NotTestable("no loss was scaled")
    if "Adam" in setting_of(evidence):
        plain = largest(evidence, METRIC, "equal")
        if plain > EXACT:
            raise NotTestable(
                f"Adam follows the scale of the sum: equal weights differ by {plain:.2g}"
            )
    else:
        plain = smallest(evidence, METRIC, "equal")
        if plain <= WRONG:
            raise NotTestable(f"nothing to be invariant to: equal weights differ by {plain:.2g}")
    found = {scheme: largest(evidence, METRIC, scheme) for scheme in SCHEMES}
    said = ", ".join(f"{scheme} {value:.2g}" for scheme, value in found.items())
    return exact(evidence, max(found.values()), f"differences: {said}; equal weights {plain:.2g}")


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, one scheme off, in between; nothing varied; Adam, with and without ε."""

    def made(current: float, equal: float = 0.7, way: str = "on one loss, SGD") -> RowEvidence:
        arms = {"initial": 1e-16, "current": current, "gradient norm": 1e-16, "equal": equal}
        values = {(METRIC, arm): (value, value) for arm, value in arms.items()}
        return made_up_values(values, f"scale 5, shift 0, {way}, steps 9")

    adam = "on both losses, Adam"
    return (
        Control("rounding", made(2e-16), "holds"),
        Control("one is off", made(0.3), "refuted"),
        Control("a millionth", made(1e-6), "inconclusive"),
        Control("the plain sum does not vary", made(1e-16, 1e-16), "not testable here"),
        Control("both losses scaled under Adam", made(1e-16, 1e-16, adam), "holds"),
        Control("an epsilon that follows the scale", made(1e-16, 0.1, adam), "not testable here"),
    )


CLAIM = Claim(
    title="weights 1/L and 1/‖∇L‖ ignore a loss's scale",
    sentence="With weights 1/L at the start, 1/L at each step or 1/‖∇L‖ at each step, multiplying"
    " a task's loss by a constant does not change the training.",
    source="Su Jianlin, kexue.fm/archives/8870 (2022-01-18); paraphrased",
    decision_rule="The number is the largest distance of two trainings, with the losses as they are"
    " and with one of them times c, relative to the way of the first, over schemes and seeds, in"
    " float64. Asked only where the plain sum varies under gradient descent, or, where both losses"
    " are scaled under Adam (ε next to 0), where the plain sum does not." + EXACT_RULE,
    evidence=rows_of_bench("loss_weights", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8870,
)
