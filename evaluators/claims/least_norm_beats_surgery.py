"""Steps along the shortest mixture raise a loss less often than PCGrad's and CAGrad's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import gain, made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    decided,
    gain_rule,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import BENCHES, rows_of_bench, setting_of
from evaluators.claims.judging.sentences import against_all

METRIC, ARM = "risen_share", "least norm"
OTHERS = ("pcgrad", "cagrad")
MARGIN = 5.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare with both, where the minima are apart."""
    if "minima aligned" in setting_of(evidence):
        raise NotTestable("the losses are one and the same: a control, in which no task loses")
    found = {other: gain(evidence, METRIC, other, ARM) for other in OTHERS}
    rule = partial(rules.gain, margin=MARGIN, look=evidence.look)
    nearest, ruling = against_all(found, rule)
    said = ", ".join(f"{other} − {ARM}: {each}" for other, each in found.items())
    return decided(
        found[nearest],
        ruling.word,
        f"{said} points of the share of steps that raise a loss, {found[nearest].n} seeds",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Fewer than both, as many as one, more than both, in noise, aligned."""

    def made(
        pcgrad: float, cagrad: float, noise: float = 1.0, minima: str = "apart"
    ) -> RowEvidence:
        means = {ARM: 50.0, "pcgrad": pcgrad, "cagrad": cagrad}
        setting = f"minima {minima}, spread 1, noise 0"
        return RowEvidence(made_up_arms(means, metric=METRIC, noise=noise, setting=setting))

    return (
        Control("fewer than both", made(90.0, 80.0), "holds"),
        Control("as many as one", made(90.0, 50.0), "refuted"),
        Control("more than both", made(20.0, 20.0), "refuted"),
        Control("ten fewer in much noise", made(60.0, 60.0, noise=20.0), "inconclusive"),
        Control("aligned", made(90.0, 90.0, minima="aligned"), "not testable here"),
    )


CLAIM = Claim(
    title="the shortest mixture beats gradient surgery",
    sentence="Steps along the shortest mixture of the tasks' gradients raise a task's loss less"
    " often than those of PCGrad and of CAGrad.",
    source="A question to Su Jianlin, kexue.fm/archives/8896 (2022-02-08), which does not compare"
    " them; Yu et al. 2020, arXiv:2001.06782; Liu et al. 2021, arXiv:2110.14048",
    decision_rule="The number is the share of steps after which at least one of three losses is"
    " higher, of PCGrad or CAGrad, whichever has fewer, less that along the shortest mixture, in"
    " points, paired by seed (Student's t), each setting by itself. It must hold against both; one"
    " that refutes it does, at half the level. Asked only where the minima are apart."
    + gain_rule(MARGIN),
    evidence=rows_of_bench("conflicting_tasks", METRIC),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8896,
    fresh=BENCHES["conflicting_tasks"],
)
