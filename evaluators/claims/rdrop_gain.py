"""R-Drop raises accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    ACCURACY,
    ON_CLUE,
    as_published,
    made_up_arms,
    method_gain,
    method_pair,
    rows_of,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence

PUBLISHED = 0.93
"""Points of accuracy: the smaller of the two gains that were published; the other is 2.40."""

MARGIN = 0.4


def judge(evidence: RowEvidence) -> Finding:
    """Compare R-Drop at its published weight with plain training, seed by seed."""
    pair = method_pair(evidence, ACCURACY, "r-drop", asked="alpha 4.0")
    found = method_gain(evidence, ACCURACY, pair)
    return gained(
        found,
        f"{pair.arm} − {pair.base}: {found} points of accuracy, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, and another weight alone."""

    def made(gained: float, noise: float = 0.1, arm: str = "r-drop/linear") -> RowEvidence:
        means = {"plain/linear": 60.0, arm: 60.0 + gained}
        return RowEvidence(
            made_up_arms(means, metric=ACCURACY, noise=noise), {"setting": "made up"}
        )

    return (
        Control("two points", made(2.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("a loss", made(-3.0), "refuted"),
        Control("a point in much noise", made(1.0, noise=5.0), "inconclusive"),
        Control("equal in every seed", made(0.0, noise=0.0), "not testable here"),
        Control("another weight", made(2.0, arm="r-drop (alpha 1.0)/linear"), "not testable here"),
        Control("another head", made(2.0, arm="r-drop/crf"), "not testable here"),
    )


CLAIM = Claim(
    title="R-Drop raises accuracy",
    sentence="Passing every batch twice and penalising where two dropouts disagree raises accuracy:"
    " IFLYTEK 60.29 to 62.69, TNEWS 56.58 to 57.51.",
    source="Su Jianlin, kexue.fm/archives/8496 (2021-07-01); Liang et al. 2021, arXiv:2106.14448;"
    " paraphrased",
    article=8496,
    decision_rule="The number is the accuracy of R-Drop with alpha 4 less that of plain training"
    " from the same weights on the same batches, in points, mean over seeds (Student's t on"
    " differences)." + gain_rule(MARGIN) + ON_CLUE,
    evidence=rows_of("r_drop", "clue"),
    judge=judge,
    controls=controls,
    published=as_published("iflytek", "tnews"),
    version="2",
)
