"""Sparse softmax gains from a pretrained start, and less from scratch."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import ACCURACY
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.summarisation import (
    MARGIN,
    PRETRAINED,
    PUBLISHED,
    SCRATCH,
    SPACES,
    SPARSE_BENCH,
    SPARSE_SOURCE,
    by_classes,
    change_of_gain,
    made_up_gains,
    of_sparse,
    said_of,
    sparse_gain,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the gains of both starts with the most classes, seed by seed."""
    pretrained, scratch = (by_classes(evidence, start) for start in (PRETRAINED, SCRATCH))
    if max(pretrained) != max(scratch):
        raise NotTestable(
            f"{max(pretrained)} classes pretrained and {max(scratch)} from scratch: not the same"
        )
    ours, theirs = pretrained[max(pretrained)], scratch[max(scratch)]
    found = change_of_gain(ours, theirs)
    said = said_of([(PRETRAINED, sparse_gain(ours)), (SCRATCH, sparse_gain(theirs))])
    return gained(
        found,
        f"gain of sparse softmax with {max(pretrained)} classes, {said}; difference: {found}"
        f" points, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain of pretraining alone, of both, of scratch alone, noise, and one start."""

    def made(pretrained: float, scratch: float, noise: float = 0.1) -> RowEvidence:
        gains = {(1000, PRETRAINED): pretrained, (1000, SCRATCH): scratch, (20, SCRATCH): 5.0}
        return RowEvidence(made_up_gains(gains, noise=noise))

    return (
        Control("a loss from scratch", made(1.0, -1.0), "holds"),
        Control("as good from scratch", made(2.0, 2.0), "refuted"),
        Control("better from scratch", made(0.0, 2.0), "refuted"),
        Control("in much noise", made(2.0, 0.0, noise=4.0), "inconclusive"),
        Control(
            "one start", RowEvidence(made_up_gains({(1000, SCRATCH): 1.0})), "not testable here"
        ),
    )


CLAIM = Claim(
    title="sparse softmax needs a pretrained start",
    sentence="Sparse softmax is for pretrained models: from scratch it brings less, or harm.",
    source=SPARSE_SOURCE,
    decision_rule="The number is the gain of sparse softmax of 10 scores over the full one in"
    " accuracy, pretrained less from scratch, with the most classes, in points, paired by seed"
    " (Student's t), each world by itself." + gain_rule(MARGIN),
    evidence=of_sparse(ACCURACY, by=("task",)),
    judge=judge,
    controls=controls,
    fresh=SPARSE_BENCH,
    article=SPACES,
)
