"""Dropout of gradients raises accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    ACCURACY,
    ON_CLUE,
    arms_in,
    as_published,
    differences,
    made_up_arms,
    method_gain,
    method_pair,
    rows_of,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import mean_interval

PUBLISHED = 0.95
"""Points of accuracy: the largest gain that was published for CLUE, beside a loss of 2.96."""

MARGIN = 0.4


def judge(evidence: RowEvidence) -> Finding:
    """Compare Child-Tuning-F with plain training; say what a step of √p does beside it."""
    pair = method_pair(evidence, ACCURACY, "child-tuning-f")
    found = method_gain(evidence, ACCURACY, pair)
    said = f"{pair.arm} − {pair.base}: {found} points of accuracy, {found.n} seeds"
    others = ("child-tuning-d", "lr-root-p", "update-dropout")
    head = pair.arm.partition("/")[2]
    for arm in arms_in(evidence, ACCURACY):
        if not arm.startswith(others) or arm.partition("/")[2] != head:
            continue
        said += f"; {arm}: {mean_interval(differences(evidence, ACCURACY, arm, pair.base))}"
    return gained(found, said, margin=MARGIN, effect=PUBLISHED, look=evidence.look)


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, and no plain training."""

    def made(gained: float, noise: float = 0.1, base: str = "plain") -> RowEvidence:
        means = {base: 60.0, "child-tuning-f": 60.0 + gained, "lr-root-p": 60.0}
        return RowEvidence(
            made_up_arms(means, metric=ACCURACY, noise=noise), {"setting": "made up"}
        )

    return (
        Control("two points", made(2.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("a loss", made(-1.0), "refuted"),
        Control("a point in much noise", made(1.0, noise=5.0), "inconclusive"),
        Control("equal in every seed", made(0.0, noise=0.0), "not testable here"),
        Control("no plain training", made(2.0, base="r-drop"), "not testable here"),
    )


CLAIM = Claim(
    title="dropout of gradients raises accuracy",
    sentence="Training with most gradients dropped at each step (Child-Tuning-F) raises accuracy.",
    source="Xu et al. 2021, arXiv:2109.05687, abstract; Su Jianlin, kexue.fm/archives/8764"
    " (2021-11-22), who found 4 of 7 tasks better with BERT and 2 with RoBERTa; paraphrased",
    article=8764,
    decision_rule="The number is the accuracy of Child-Tuning-F less that of plain training from"
    " the same weights on the same batches, in points, mean over seeds (Student's t on"
    " differences)." + gain_rule(MARGIN) + ON_CLUE + " The controls (a step of √p, dropout of"
    " the update) are said beside it.",
    evidence=rows_of("child_tuning", "clue"),
    judge=judge,
    controls=controls,
    published=as_published("afqmc", "ocnli", "tnews", "iflytek"),
    version="2",
)
