"""Losses that push cosines to fixed targets fail."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    PAIR_LOSSES,
    differences,
    gain,
    made_up_arms,
    main_metric,
    of_heads,
    with_head,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import ON_TASKS, TRAINED
from evaluators.statistics import mean_interval

MUCH = 1.0
"""Points that are called much worse."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the linear loss loses to CoSENT, and say the same of the squared one."""
    metric = main_metric(evidence, ("spearman", "accuracy"))
    cosent, linear = (with_head(evidence, metric, head) for head in ("cosent", "linear-cosine"))
    found = gain(evidence, metric, cosent, linear)
    said = f"the linear loss is {found} points of {metric} below CoSENT, {found.n} seeds"
    try:
        squared = with_head(evidence, metric, "squared-cosine")
        said += f"; the squared one {mean_interval(differences(evidence, metric, cosent, squared))}"
    except NotTestable:
        said += "; the squared one was not measured"
    return gained(found, said, margin=MUCH, look=evidence.look)


def controls() -> Sequence[Control[RowEvidence]]:
    """Nine points lost, none, one and a half in noise, and no linear loss."""

    def made(lost: float, noise: float = 0.3) -> RowEvidence:
        means = {"cosent": 85.0, "linear-cosine": 85.0 - lost, "squared-cosine": 84.8}
        return RowEvidence(made_up_arms(means, metric="spearman", noise=noise))

    return (
        Control("nine points", made(9.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("half a point, surely", made(0.5, noise=0.05), "refuted"),
        Control("better than CoSENT", made(-3.0), "refuted"),
        Control("one and a half in noise", made(1.5, noise=2.0), "inconclusive"),
        Control(
            "no linear loss",
            RowEvidence(made_up_arms({"cosent": 85.0}, metric="spearman")),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="direct cosine losses fail",
    sentence="A loss that pushes the cosine of positive pairs to 1 and of negative pairs to −1 does"
    " much worse, as negatives that are nearly alike get too low a target.",
    source="Su Jianlin, kexue.fm/archives/8847 (2022-01-06), section 'the direct way'; paraphrased",
    article=8860,
    decision_rule="The number is CoSENT less the loss t(1 − cos) + (1 − t)(1 + cos), in points"
    " (Spearman on made-up pairs, accuracy on CLUE tasks), paired by seed (Student's t),"
    " each setting by itself." + gain_rule(MUCH) + " Whether it is hard negatives that do it"
    " is told by the settings whose negatives share 20 of 24 dimensions of topic beside those that"
    " share none." + ON_TASKS,
    evidence=of_heads("pair_losses", "cosent", "linear-cosine", "squared-cosine", also=(TRAINED,)),
    judge=judge,
    controls=controls,
    fresh=PAIR_LOSSES,
    version="2",
)
