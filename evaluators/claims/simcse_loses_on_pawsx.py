"""SimCSE loses to whitening on pairs of the same words."""

from __future__ import annotations

from collections.abc import Sequence

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
    is_swapped,
    lead,
    of_methods,
    whitened,
    with_pooling,
)

PUBLISHED = 3.55
"""Points of Spearman: median of 15 printed cells of untuned models, poolers left out."""

MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask what SimCSE loses to whitening with one pooling, seed by seed."""
    if not is_swapped(evidence):
        raise NotTestable("these are not pairs of the same words in another order")
    white, simcse = with_pooling(evidence, SPEARMAN, whitened(evidence), "simcse")
    found = lead(evidence, SPEARMAN, white, simcse, trained=False)
    return gained(
        found,
        f"{white} − {simcse}: {found} points of Spearman, {found.n} seeds;"
        f" {every_mean(evidence, SPEARMAN)}",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A loss, level, a gain, one lost in noise; on another task."""

    def made(lost: float, noise: float = 0.3, task: str = "PAWSX") -> RowEvidence:
        means = {"raw": 15.0, "whitened-target": 17.0, "simcse": 17.0 - lost}
        return RowEvidence(made_up_arms(means, metric=SPEARMAN, noise=noise), {"task": task})

    return (
        Control("four points", made(4.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("a gain", made(-4.0), "refuted"),
        Control("two points in much noise", made(2.0, noise=4.0), "inconclusive"),
        Control("on LCQMC", made(4.0, task="LCQMC"), "not testable here"),
    )


CLAIM = Claim(
    title="SimCSE loses to whitening on PAWSX",
    sentence="On PAWSX, whose pairs have the same words, SimCSE does worse than whitening.",
    source="Su Jianlin, kexue.fm/archives/8348 (2021-04-26): in print 12.95 beside 17.03 (BERT,"
    " [CLS]), behind in all 15 cells of five untuned models without poolers; paraphrased",
    article=8348,
    decision_rule="The number is whitening (fitted on the scored sentences, as published; on train"
    " where that was not measured) less SimCSE with one pooling, in points of Spearman's"
    " correlation, paired by seed (Student's t), each setting of pairs of the same words by itself."
    " One epoch is the recipe, so that SimCSE's loss may still fall, unlike what follows."
    + gain_rule(MARGIN)
    + ON_TASKS,
    evidence=of_methods("simcse_world", "raw", "whitened-target", "whitened-train", "simcse"),
    judge=judge,
    controls=controls,
    fresh=WORLDS["simcse_world"],
)
