"""Efficient GlobalPointer beats GlobalPointer where there are many types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import (
    ON_CLUE,
    arms_in,
    as_published,
    gain,
    made_up_arms,
    main_metric,
    mean,
    of_heads,
    with_head,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence

PUBLISHED = 0.6
"""Points of F1 on CLUENER, from 79.44 to 80.04."""

MARGIN = PUBLISHED / 2


def judge(evidence: RowEvidence) -> Finding:
    """Compare the two, seed by seed, and say where the field stands."""
    metric = main_metric(evidence, ("f1", "entity_f1"))
    efficient, full = (
        with_head(evidence, metric, head) for head in ("efficient-global-pointer", "global-pointer")
    )
    found = gain(evidence, metric, efficient, full)
    means = [f"{arm} {mean(evidence, metric, arm):.1f}" for arm in arms_in(evidence, metric)]
    return gained(
        found,
        f"efficient − full: {found} points of F1, {found.n} seeds; {', '.join(means)}",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, one arm alone, one trained for too short."""

    def made(
        gain: float, noise: float = 0.1, late: Mapping[str, float] | None = None
    ) -> RowEvidence:
        means = {"efficient-global-pointer": 80.0 + gain, "global-pointer": 80.0, "crf": 78.0}
        return RowEvidence(made_up_arms(means, metric="f1", noise=noise, late=late))

    return (
        Control("three points", made(3.0), "holds"),
        Control("none", made(0.0, noise=0.05), "refuted"),
        Control("a loss", made(-2.0), "refuted"),
        Control("one point in much noise", made(1.0, noise=4.0), "inconclusive"),
        Control(
            "one arm",
            RowEvidence(made_up_arms({"global-pointer": 80.0}, metric="f1")),
            "not testable here",
        ),
        Control(
            "a loss, as it learns more slowly",
            made(-10.0, late={"efficient-global-pointer": 0.03, "global-pointer": 0.001}),
            "not testable here",
        ),
        Control("a third arm learns", made(3.0, late={"crf": 0.03}), "holds"),
    )


CLAIM = Claim(
    title="EfficientGlobalPointer beats GlobalPointer",
    sentence="With fewer parameters Efficient GlobalPointer does better than GlobalPointer, above"
    " all where there are many types or the task is hard.",
    source="Su Jianlin, kexue.fm/archives/8877 (2022-01-25); Su et al. 2022, arXiv:2208.03054;"
    " test F1 79.44 → 80.04 on CLUENER's 10 types, 95.51 → 95.36 on 3 types; paraphrased",
    article=8877,
    decision_rule="The number is the entity F1 of Efficient GlobalPointer less GlobalPointer's"
    " in points, paired by seed (Student's t), each number of types and size of the training set by"
    " itself." + gain_rule(MARGIN) + ON_CLUE,
    evidence=of_heads(
        "entity_heads",
        *("efficient-global-pointer", "global-pointer", "crf", "crf (overlaps longest)"),
    ),
    judge=judge,
    controls=controls,
    published=as_published("cluener"),
    version="2",
)
