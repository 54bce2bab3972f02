"""Sparse softmax gains above all where there are many classes."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import ACCURACY
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
    FACTOR,
    MARGIN,
    PRETRAINED,
    PUBLISHED,
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
    """Compare the gain with the most classes with that with the fewest, seed by seed."""
    rows = by_classes(evidence, PRETRAINED)
    few, many = min(rows), max(rows)
    if many < FACTOR * few:
        raise NotTestable(f"{few} to {many} classes: too near each other to compare")
    found = change_of_gain(rows[many], rows[few])
    said = said_of([(f"{n} classes", sparse_gain(each)) for n, each in rows.items()])
    return gained(
        found,
        f"gain of sparse softmax, pretrained: {said}; {many} less {few} classes: {found} points,"
        f" {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain that grows, one that does not, one that falls, noise, and like numbers."""

    def made(few: float, many: float, noise: float = 0.1, most: int = 1000) -> RowEvidence:
        gains = {(20, PRETRAINED): few, (most, PRETRAINED): many}
        return RowEvidence(made_up_gains(gains, noise=noise))

    return (
        Control("it grows", made(0.0, 2.0), "holds"),
        Control("as large with few", made(2.0, 2.0), "refuted"),
        Control("it falls", made(2.0, 0.0), "refuted"),
        Control("in much noise", made(0.0, 2.0, noise=4.0), "inconclusive"),
        Control("as many classes", made(0.0, 2.0, most=40), "not testable here"),
    )


CLAIM = Claim(
    title="sparse softmax gains with many classes",
    sentence="Sparse softmax helps because classes are many: with few it brings less.",
    source=SPARSE_SOURCE,
    decision_rule="The number is the gain of sparse softmax of 10 scores over the full one in"
    " accuracy, pretrained, with the most classes less that with the fewest,"
    f" {FACTOR} times as many or more, in points, paired by seed (Student's t), each world by"
    " itself." + gain_rule(MARGIN),
    evidence=of_sparse(ACCURACY, by=("task",)),
    judge=judge,
    controls=controls,
    fresh=SPARSE_BENCH,
    article=SPACES,
)
