"""With many classes, full softmax drives scores of training examples further apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import ACCURACY, POINTS, made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.summarisation import (
    SOFTMAX,
    SPACES,
    SPARSE,
    SPARSE_BENCH,
    SPARSE_SOURCE,
    nats,
    of_sparse,
    sparse_gain,
)
from evaluators.claims.judging.trends import number_in

LEAD = "margin"
MANY = 100
"""Fewest classes that are many."""

MARGIN = 0.5
"""Nats: odds of the target that are 1.6 times as high."""

LOST = 1.0
"""Points of accuracy; who loses more has learned less, and a small lead is no virtue."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the lead of the target's score on training examples."""
    classes = number_in(str(evidence.rows[0]["setting"]), "classes")
    if classes is None or classes < MANY:
        raise NotTestable(
            f"{classes or 0:g} classes are not many: the claim is about {MANY} or more"
        )
    if any(row["metric"] == ACCURACY for row in evidence.rows):
        more = sparse_gain(evidence)
        if more.ends[1] < -LOST:
            raise NotTestable(
                f"sparse softmax gains {more} points of accuracy: it drives no scores apart because"
                " it learns less"
            )
    found = nats(evidence, LEAD, SOFTMAX, SPARSE)
    return gained(
        found,
        f"lead of the target on training examples, full − sparse softmax: {found} nats,"
        f" {found.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A larger lead with full softmax, an equal one, a smaller one, noise, and two excuses."""

    def made(
        more: float, noise: float = 0.1, classes: int = 1000, lost: float = 0.0
    ) -> RowEvidence:
        means: Mapping[str, float] = {SOFTMAX: POINTS * (3 + more), SPARSE: POINTS * 3.0}
        setting = f"classes {classes}, k 10, pretrained"
        rows = made_up_arms(means, metric=LEAD, noise=POINTS * noise, setting=setting)
        right = {SOFTMAX: 60.0, SPARSE: 60.0 - lost}
        return RowEvidence([*rows, *made_up_arms(right, metric=ACCURACY, setting=setting)])

    return (
        Control("a nat more", made(1.0), "holds"),
        Control("as much", made(0.0), "refuted"),
        Control("a nat less", made(-1.0), "refuted"),
        Control("a nat in much noise", made(1.0, noise=2.0), "inconclusive"),
        Control("sparse softmax learns less", made(1.0, lost=5.0), "not testable here"),
        Control("twenty classes", made(1.0, classes=20), "not testable here"),
    )


CLAIM = Claim(
    title="sparse softmax prevents over-learning",
    sentence="With many classes, full softmax goes on driving the target's score away from the"
    " others after an example is learned; sparse softmax does not.",
    source=SPARSE_SOURCE,
    decision_rule="The number is the mean over training examples of the target's score less the"
    " largest other one, with full softmax less that with sparse softmax of 10 scores, in nats,"
    f" paired by seed (Student's t), each world, number of classes from {MANY} on and start by"
    " itself." + gain_rule(MARGIN) + " Nor where sparse softmax surely loses more than"
    f" {LOST:g} point of accuracy.",
    evidence=of_sparse(LEAD, ACCURACY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=SPARSE_BENCH,
    article=SPACES,
)
