"""A linear layer trained with the SimCSE loss does not reach whitening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import (
    ON_TASKS,
    SPEARMAN,
    WORLDS,
    every_mean,
    lead,
    of_methods,
    whitened,
    with_pooling,
)

LINEAR = "linear-simcse"
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the linear layer lacks, where whitening has surely something to reach."""
    white, linear, raw = with_pooling(evidence, SPEARMAN, whitened(evidence), LINEAR, "raw")
    worth = lead(evidence, SPEARMAN, white, raw)
    if rules.gain(worth, MARGIN).word != "holds":
        raise NotTestable(
            f"{white} − raw is {worth} points of Spearman: no sure gain, so nothing to reach"
        )
    found = lead(evidence, SPEARMAN, white, linear)
    return gained(
        found,
        f"{white} − linear layer: {found} points of Spearman, {found.n} seeds;"
        f" {every_mean(evidence, SPEARMAN)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Whitening out of reach, reached, passed, lost in noise; and nothing to reach."""

    def made(
        linear: float, noise: float = 0.3, white: float = 70.0, late: float = 0.0
    ) -> RowEvidence:
        means: Mapping[str, float] = {"raw": 60.0, "whitened-target": white, LINEAR: linear}
        return RowEvidence(made_up_arms(means, metric=SPEARMAN, noise=noise, late={LINEAR: late}))

    return (
        Control("five points short", made(65.0), "holds"),
        Control("level", made(70.0), "refuted"),
        Control("ahead", made(75.0), "refuted"),
        Control("two points short in much noise", made(68.0, noise=4.0), "inconclusive"),
        Control("whitening brings nothing", made(55.0, white=60.0), "not testable here"),
        Control("the layer still improves", made(65.0, late=0.1), "not testable here"),
        Control(
            "no linear layer",
            RowEvidence(made_up_arms({"raw": 60.0, "whitened-target": 70.0}, metric=SPEARMAN)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="a linear SimCSE layer does not reach whitening",
    sentence="Training only a linear layer on a frozen encoder with the SimCSE loss does not reach"
    " whitening.",
    source="Su Jianlin, kexue.fm/archives/8348 (2021-04-26); no table is printed for it;"
    " paraphrased",
    article=8348,
    decision_rule="The number is the Spearman correlation of whitened vectors (fitted on the scored"
    " sentences, as published; on train where that was not measured) less that of the trained"
    " linear layer, in points, paired by seed (Student's t), each setting by itself. Asked only"
    f" where whitening itself surely gains {MARGIN:g} point over the raw vectors: there is nothing"
    " to reach otherwise." + gain_rule(MARGIN) + ON_TASKS,
    evidence=of_methods(
        "linear_simcse", "raw", "centred", "whitened-target", "whitened-train", LINEAR
    ),
    judge=judge,
    controls=controls,
    fresh=WORLDS["linear_simcse"],
)
