"""Where a constant is added to a loss, weights 1/‖∇L‖ balance two tasks better than 1/L."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import gain, made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import BENCHES, number_in, rows_of_bench
from evaluators.claims.judging.sentences import every_mean

METRIC, ARM, BASE = "balanced", "gradient norm", "current"
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the weights gain where a loss is shifted."""
    if number_in(evidence, "shift") == 0:
        raise NotTestable("no loss is shifted: both weights are invariant")
    found = gain(evidence, METRIC, ARM, BASE)
    return gained(
        found,
        f"{ARM} − {BASE}: {found} points of mean accuracy, {found.n} seeds;"
        f" {every_mean(evidence, METRIC)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Better, level, worse, lost in noise, and no shift."""

    def made(mean: float, noise: float = 0.3, shift: float = 10) -> RowEvidence:
        setting = f"scale 1, shift {shift:g}, steps 9"
        means = {ARM: mean, BASE: 85.0}
        return RowEvidence(made_up_arms(means, metric=METRIC, noise=noise, setting=setting))

    return (
        Control("five points better", made(90.0), "holds"),
        Control("level", made(85.0), "refuted"),
        Control("worse", made(80.0), "refuted"),
        Control("two points in much noise", made(87.0, noise=4.0), "inconclusive"),
        Control("no shift", made(90.0, shift=0), "not testable here"),
    )


CLAIM = Claim(
    title="shift-invariant weights balance shifted tasks",
    sentence="Where a constant is added to one task's loss, weights 1/‖∇L‖ leave both tasks better"
    " served than weights 1/L, which it misleads.",
    source="Su Jianlin, kexue.fm/archives/8870 (2022-01-18), which argues so and prints no table;"
    " paraphrased",
    decision_rule="The number is the mean test accuracy of two tasks with weights 1/‖∇L‖ less that"
    " with weights 1/L, in points, paired by seed (Student's t), where a constant is added to one"
    " loss." + gain_rule(MARGIN),
    evidence=rows_of_bench("two_task_digits", METRIC),
    judge=judge,
    controls=controls,
    level="small",
    article=8870,
    fresh=BENCHES["two_task_digits"],
)
