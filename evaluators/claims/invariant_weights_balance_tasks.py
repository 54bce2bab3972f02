"""Weights 1/‖∇L‖ balance two tasks whose losses are on other scales better than equal weights."""

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

METRIC, ARM, BASE = "balanced", "gradient norm", "equal"
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the weights gain where the scales differ."""
    if number_in(evidence, "scale") == 1:
        raise NotTestable("both losses are on one scale: equal weights are balanced")
    found = gain(evidence, METRIC, ARM, BASE)
    return gained(
        found,
        f"{ARM} − {BASE}: {found} points of mean accuracy, {found.n} seeds;"
        f" {every_mean(evidence, METRIC)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Better, level, worse, lost in noise, one scale, and an arm that still improves."""

    def made(
        mean: float, noise: float = 0.3, scale: float = 0.01, late: float = 0.0
    ) -> RowEvidence:
        means = {ARM: mean, BASE: 85.0}
        setting = f"scale {scale:g}, shift 0, steps 9"
        return RowEvidence(
            made_up_arms(means, metric=METRIC, noise=noise, setting=setting, late={ARM: late})
        )

    return (
        Control("five points better", made(90.0), "holds"),
        Control("level", made(85.0), "refuted"),
        Control("worse", made(80.0), "refuted"),
        Control("two points in much noise", made(87.0, noise=4.0), "inconclusive"),
        Control("one scale", made(90.0, scale=1.0), "not testable here"),
        Control("still improving", made(90.0, late=0.1), "not testable here"),
    )


CLAIM = Claim(
    title="weights 1/‖∇L‖ balance tasks of other scales",
    sentence="Where the losses of two tasks are on scales far apart, weights 1/‖∇L‖ leave both"
    " tasks better served than equal weights.",
    source="Su Jianlin, kexue.fm/archives/8870 (2022-01-18), which argues so and prints no table;"
    " paraphrased",
    decision_rule="The number is the mean test accuracy of two tasks with weights 1/‖∇L‖ less that"
    " with equal weights, in points, paired by seed (Student's t), where one loss is multiplied by"
    " a constant." + gain_rule(MARGIN),
    evidence=rows_of_bench("two_task_digits", METRIC),
    judge=judge,
    controls=controls,
    level="small",
    article=8870,
    fresh=BENCHES["two_task_digits"],
)
