"""Weights 1/‖∇L‖ balance two tasks better than uncertainty weighting and GradNorm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import gain, made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    decided,
    gain_rule,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import BENCHES, number_in, rows_of_bench
from evaluators.claims.judging.sentences import against_all

METRIC, ARM = "balanced", "gradient norm"
OTHERS = ("uncertainty", "gradnorm")
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare with both, where the scales differ."""
    if number_in(evidence, "scale") == 1:
        raise NotTestable("both losses are on one scale: there is nothing to balance")
    found = {other: gain(evidence, METRIC, ARM, other) for other in OTHERS}
    rule = partial(rules.gain, margin=MARGIN, look=evidence.look)
    nearest, ruling = against_all(found, rule)
    said = ", ".join(f"− {other}: {each}" for other, each in found.items())
    return decided(
        found[nearest],
        ruling.word,
        f"{ARM} {said} points of mean accuracy, {found[nearest].n} seeds",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Better than both, level with one, level with both, in noise, one scale."""

    def made(
        uncertainty: float, gradnorm: float, noise: float = 0.3, scale: float = 0.01
    ) -> RowEvidence:
        means = {ARM: 90.0, "uncertainty": uncertainty, "gradnorm": gradnorm}
        setting = f"scale {scale:g}, shift 0, steps 9"
        return RowEvidence(made_up_arms(means, metric=METRIC, noise=noise, setting=setting))

    return (
        Control("five points ahead of both", made(85.0, 85.0), "holds"),
        Control("level with one", made(90.0, 85.0), "refuted"),
        Control("behind both", made(93.0, 93.0), "refuted"),
        Control("two points in much noise", made(88.0, 88.0, noise=4.0), "inconclusive"),
        Control("one scale", made(85.0, 85.0, scale=1.0), "not testable here"),
    )


CLAIM = Claim(
    title="weights 1/‖∇L‖ beat learned weights",
    sentence="Where the losses of two tasks are on scales far apart, weights 1/‖∇L‖ leave both"
    " tasks better served than uncertainty weighting and than GradNorm.",
    source="A question to Su Jianlin, kexue.fm/archives/8870 (2022-01-18), which does not compare"
    " them; Kendall et al. 2018, arXiv:1705.07115; Chen et al. 2018, arXiv:1711.02257",
    decision_rule="The number is the mean test accuracy of two tasks with weights 1/‖∇L‖ less that"
    " of the better of the two others, in points, paired by seed (Student's t), where one loss is"
    " multiplied by a constant. It must hold against both; one that refutes it does, at half the"
    " level." + gain_rule(MARGIN),
    evidence=rows_of_bench("two_task_digits", METRIC),
    judge=judge,
    controls=controls,
    level="small",
    article=8870,
    fresh=BENCHES["two_task_digits"],
)
