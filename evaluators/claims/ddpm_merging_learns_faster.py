"""Training on DDPM's merged loss learns the noise better with as many updates."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import SETTING
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import difference, sweep_rows, swept

METRIC, ARM, BASE = "noise_error", "merged", "unmerged"
MARGIN = 0.01
"""Of the mean squared error of a coordinate of the noise, whose variance is 1."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the errors, seed by seed; that training goes on does not matter to its speed."""
    ours, theirs = (swept(evidence, METRIC, arm, "T") for arm in (ARM, BASE))
    (steps,) = ours
    found = difference(theirs[steps], ours[steps])
    return gained(
        found,
        f"T = {steps:g}: unmerged − merged is {found.estimate:+.4f} ({found.low:+.4f} to"
        f" {found.high:+.4f}) of the error of the noise, {found.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A smaller error, the same, a larger one, and one lost in noise."""

    def made(gain: float, noise: float = 0.003) -> RowEvidence:
        points = {ARM: {100: 0.25 - gain}, BASE: {100: 0.25}}
        return RowEvidence(sweep_rows(points, name="T", metric=METRIC, noise=noise))

    return (
        Control("smaller", made(0.03), "holds"),
        Control("the same", made(0.0), "refuted"),
        Control("larger", made(-0.03), "refuted"),
        Control("lost in noise", made(0.03, 0.1), "inconclusive"),
    )


CLAIM = Claim(
    title="DDPM's merged loss learns better",
    sentence="The variance of the loss with two noises makes training slow; with the merged one"
    " fewer samples are enough.",
    source="Su Jianlin, kexue.fm/archives/9119 (2022-06-13); nothing is printed for it;"
    " paraphrased",
    decision_rule="The number is the mean squared error of the predicted noise on new points after"
    " training on ‖ε_t − (β_t/β̄_t) ε_θ‖² less that after training on its mean over the other noise,"
    " (β_t/β̄_t)² ‖ε − ε_θ‖², with equally many updates from the same weights on the same draws,"
    " paired by seed (Student's t), each T by itself."
    + gain_rule(MARGIN).replace(
        ", or where the training loss of an arm still falls when training ends", ""
    ),
    evidence=RowsOf(
        "arm_scores",
        by=SETTING,
        among={"evaluator": ("ddpm",), "task": ("2-D mixture",), "metric": (METRIC,)},
    ),
    judge=judge,
    controls=controls,
    level="made-up",
    article=9119,
)
