"""Steps along the shortest mixture of gradients raise a task's loss less often than the sum's."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import gain, made_up_arms, mean
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import BENCHES, rows_of_bench, setting_of
from evaluators.claims.judging.sentences import every_mean

METRIC, ARM, BASE = "risen_share", "least norm", "sum"
MARGIN = 5.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask how many fewer steps raise a loss, where the sum's do."""
    if "minima aligned" in setting_of(evidence):
        raise NotTestable("the losses are one and the same: a control, in which no task loses")
    if mean(evidence, METRIC, BASE) < MARGIN:
        raise NotTestable(f"the sum raises a loss in fewer than {MARGIN:g}% of its steps")
    found = gain(evidence, METRIC, BASE, ARM)
    return gained(
        found,
        f"{BASE} − {ARM}: {found} points of the share of steps that raise a loss, {found.n} seeds;"
        f" {every_mean(evidence, METRIC)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Fewer, as many, more, lost in noise; nothing to raise, and aligned losses."""

    def made(
        share: float, noise: float = 1.0, base: float = 90.0, minima: str = "apart"
    ) -> RowEvidence:
        means = {ARM: share, BASE: base}
        setting = f"minima {minima}, spread 1, noise 0"
        return RowEvidence(made_up_arms(means, metric=METRIC, noise=noise, setting=setting))

    return (
        Control("half as many", made(45.0), "holds"),
        Control("as many", made(90.0), "refuted"),
        Control("more", made(99.0), "refuted"),
        Control("ten fewer in much noise", made(80.0, noise=20.0), "inconclusive"),
        Control("the sum raises none", made(0.0, base=1.0), "not testable here"),
        Control("aligned", made(45.0, minima="aligned"), "not testable here"),
    )


CLAIM = Claim(
    title="the shortest mixture raises fewer losses",
    sentence="Steps along the shortest mixture of the tasks' gradients raise a task's loss less"
    " often than steps along their sum.",
    source="Su Jianlin, kexue.fm/archives/8896 (2022-02-08), whose aim it is and which prints no"
    " table; paraphrased",
    decision_rule="The number is the share of steps after which at least one of three losses is"
    " higher, along the sum less along the shortest mixture, in points, paired by seed (Student's"
    " t), each setting by itself: with exact gradients, where a theorem makes the second 0, and"
    " with noise. Asked only where the minima are apart." + gain_rule(MARGIN),
    evidence=rows_of_bench("conflicting_tasks", METRIC),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8896,
    fresh=BENCHES["conflicting_tasks"],
)
