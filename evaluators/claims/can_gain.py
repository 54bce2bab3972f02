"""CAN raises accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import ACCURACY, gain, made_up_arms, post_pair, rows_of
from evaluators.claims.judging.claim import Claim, Control, Finding, beyond, decided
from evaluators.claims.judging.evidence import RowEvidence

MARGIN = 0.1
"""Points of accuracy: less is no gain worth the name; 0.06 to 0.46 were published."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare predictions with and without CAN, seed by seed."""
    pair = post_pair(evidence, ACCURACY, "can")
    found = gain(evidence, ACCURACY, pair.arm, pair.base)
    return decided(
        found,
        beyond(found, MARGIN),
        f"{pair.arm} − {pair.base}: {found} points of accuracy, {found.n} seeds",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, and no arm with CAN."""

    def made(gained: float, noise: float = 0.05) -> RowEvidence:
        means = {"plain": 60.0, "plain/can": 60.0 + gained}
        return RowEvidence(
            made_up_arms(means, metric=ACCURACY, noise=noise), {"setting": "made up"}
        )

    return (
        Control("one point", made(1.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("a loss", made(-0.5), "refuted"),
        Control("half a point in much noise", made(0.5, noise=3.0), "inconclusive"),
        Control(
            "no CAN",
            RowEvidence(made_up_arms({"plain": 60.0}, metric=ACCURACY)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="CAN raises accuracy",
    sentence="Unsure predictions, alternately normalised beside the confident ones with the prior"
    " of the training set, become more accurate.",
    source="Su Jianlin, kexue.fm/archives/8728 (2021-10-22); Jia et al. 2021, arXiv:2109.13449;"
    " paraphrased",
    decision_rule="The number is the accuracy with CAN less that of the same predictions without,"
    " in points, mean over seeds with a 95% interval (Student's t on differences). Refuted when the"
    f" interval lies below {MARGIN:g} point, else holds when it lies above 0, inconclusive"
    " otherwise. Each setting is judged by itself: the prior is part of it.",
    evidence=rows_of("can", "clue"),
    judge=judge,
    controls=controls,
)
