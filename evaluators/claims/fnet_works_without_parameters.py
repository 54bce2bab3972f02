"""FNet mixes tokens without parameters, and brings most of what attention brings."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import ACCURACY, differences, made_up_arms
from evaluators.claims.judging.claim import Claim, Control, Finding, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mixing import (
    ATTENTION,
    BENCH,
    EXTERNAL,
    FNET,
    LEARNED,
    MARGIN,
    SOURCE,
    lead,
    means,
    of_mixers,
    require_mixing,
)
from evaluators.statistics import mean_interval

PART = 0.5
"""Share of attention's lead over no mixing that FNet must bring."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare FNet's lead over no mixing with half of attention's."""
    require_mixing(evidence)
    fourier = differences(evidence, ACCURACY, FNET, EXTERNAL)
    attention = differences(evidence, ACCURACY, ATTENTION, EXTERNAL)
    found = mean_interval([a - PART * b for a, b in zip(fourier, attention, strict=True)])
    ruling = rules.side(found, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"FNet's lead over external attention {lead(evidence, FNET, EXTERNAL)} points, attention's"
        f" {lead(evidence, ATTENTION, EXTERNAL)}; means {means(evidence)}",
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """All of the lead, none of it, half in noise, and nothing to lead by."""

    def made(fnet: float, noise: float = 0.3, attention: float = 80.0) -> RowEvidence:
        points = {ATTENTION: attention, EXTERNAL: 40.0, FNET: fnet}
        return RowEvidence(made_up_arms(points, metric=ACCURACY, noise=noise))

    return (
        Control("as good as attention", made(80.0), "holds"),
        Control("as external attention", made(40.0), "refuted"),
        Control("half-way", made(60.0, 5.0), "inconclusive"),
        Control("nothing to mix", made(40.0, attention=40.0), "not testable here"),
    )


CLAIM = Claim(
    title="FNet works without parameters",
    sentence="Mixing by a Fourier transform, which has no parameters, works: at an equal budget it"
    " brings most of what attention brings.",
    source=f"{SOURCE} Lee-Thorp and others 2021, arXiv:2105.03824; paraphrased",
    decision_rule="The number is FNet's lead in accuracy over external attention, which mixes"
    f" nothing, less {PART:.0%} of attention's lead, in points, paired by seed, at equal numbers of"
    " parameters, steps and rate, each task by itself. Holds when a t-test at 2.5% finds it above"
    " 0, refuted when one finds it below, inconclusive otherwise. Not testable where attention does"
    f" not surely lead by {MARGIN:g} point. The budget is equal by design: arms may still improve.",
    evidence=of_mixers(*LEARNED),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8431,
)
