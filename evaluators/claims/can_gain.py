"""CAN raises accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    ACCURACY,
    CAN,
    ON_CLUE,
    as_published,
    gain,
    made_up_arms,
    post_pair,
    rows_of,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence

PUBLISHED = 0.06
"""Points of accuracy: the smallest gain that was published; the largest is 0.46."""

MARGIN = PUBLISHED / 2


def judge(evidence: RowEvidence) -> Finding:
    """Compare predictions with and without CAN, seed by seed."""
    pair = post_pair(evidence, ACCURACY, "can")
    found = gain(evidence, ACCURACY, pair.arm, pair.base)
    return gained(
        found,
        f"{pair.arm} − {pair.base}: {found} points of accuracy, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, and no arm with CAN."""

    def made(gain: float, noise: float = 0.01) -> RowEvidence:
        means = {"plain": 60.0, "plain/can": 60.0 + gain}
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
    article=8728,
    decision_rule="The number is the accuracy with CAN less that of the same predictions without,"
    " in points, mean over seeds (Student's t on differences)."
    + gain_rule(MARGIN)
    + ON_CLUE
    + " Each setting is"
    " judged by itself; at home is the training set's own prior, of which the article speaks.",
    evidence=rows_of("can", "clue"),
    judge=judge,
    controls=controls,
    published=as_published("iflytek", "tnews"),
    fresh=CAN,
    version="2",
    at_home=lambda group: "permuted" not in group["setting"],
)
