"""Unsure predictions are far less accurate than confident ones."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import CAN, gain, made_up_arms, mean, rows_of
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence

METRIC = "subset_accuracy"
PUBLISHED = 35.0
"""Points of accuracy: the smaller of the two differences that were published."""

MARGIN = 10.0
"""Less is not "far"."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the two parts of the test set, seed by seed."""
    found = gain(evidence, METRIC, "confident", "unsure")
    parts = {part: mean(evidence, METRIC, part) for part in ("confident", "unsure")}
    said = ", ".join(f"{part} {value:.1f}" for part, value in parts.items())
    return gained(
        found,
        f"accuracy of {said}: {found} points apart, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Far apart, alike, one lost in noise, and two seeds."""

    def made(apart: float, noise: float = 1.0, seeds: int = 7) -> RowEvidence:
        means = {"confident": 60.0, "unsure": 60.0 - apart}
        return RowEvidence(made_up_arms(means, metric=METRIC, noise=noise, seeds=seeds))

    return (
        Control("forty points", made(40.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("the unsure ones are better", made(-5.0), "refuted"),
        Control("in much noise", made(8.0, noise=15.0), "inconclusive"),
        Control("two seeds", made(40.0, seeds=2), "not testable here"),
    )


CLAIM = Claim(
    title="unsure predictions are far less accurate",
    sentence="Predictions whose three best classes have an entropy near its maximum are far less"
    " accurate than the others: .22 and .23 beside .63 and .58.",
    source="Su Jianlin, kexue.fm/archives/8728 (2021-10-22); paraphrased",
    article=8728,
    decision_rule="The number is the accuracy of confident predictions less that of unsure ones, in"
    " points, mean over seeds (Student's t)." + gain_rule(MARGIN),
    evidence=rows_of("can", metrics=(METRIC,)),
    judge=judge,
    controls=controls,
    fresh=CAN,
    version="2",
    at_home=lambda group: "permuted" not in group["setting"],
)
