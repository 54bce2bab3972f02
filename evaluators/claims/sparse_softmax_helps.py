"""Sparse softmax classifies better than the full one."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import ACCURACY, made_up_arms
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.summarisation import (
    MARGIN,
    PRETRAINED,
    PUBLISHED,
    SOFTMAX,
    SPACES,
    SPARSE,
    SPARSE_BENCH,
    SPARSE_SOURCE,
    of_sparse,
    sparse_gain,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the accuracies."""
    found = sparse_gain(evidence)
    return gained(
        found,
        f"sparse − full softmax: {found} points of accuracy, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """The published gain, none, a loss, one in noise, and a training that was too short."""

    def made(gained: float, noise: float = 0.3, late: float = 0.0) -> RowEvidence:
        means = {SPARSE: 60.0 + gained, SOFTMAX: 60.0}
        rows = made_up_arms(means, metric=ACCURACY, noise=noise, late={SPARSE: late})
        return RowEvidence(rows)

    return (
        Control("two points", made(2.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("a loss", made(-2.0), "refuted"),
        Control("two points in much noise", made(2.0, noise=4.0), "inconclusive"),
        Control("it still improves", made(2.0, late=0.1), "not testable here"),
    )


CLAIM = Claim(
    title="sparse softmax helps",
    sentence="Training with sparse softmax, which keeps the 10 largest scores, is better than with"
    " the full one by about 2 points.",
    source=SPARSE_SOURCE,
    decision_rule="The number is the accuracy on new examples with sparse softmax of 10 scores less"
    " that with the full one, in points, paired by seed (Student's t), each world, number of"
    " classes and start by itself; the source's start is a pretrained one." + gain_rule(MARGIN),
    evidence=of_sparse(ACCURACY),
    judge=judge,
    controls=controls,
    at_home=lambda group: f", {PRETRAINED}, " in str(group.get("setting")),
    fresh=SPARSE_BENCH,
    article=SPACES,
)
