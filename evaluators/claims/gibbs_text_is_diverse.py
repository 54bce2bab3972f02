"""Texts that are sampled from BERT are as diverse as real ones."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sampling import (
    CONTEXT,
    SOURCE,
    TEXTS,
    of_texts,
    require_context,
    same_sweeps,
    texts,
)
from evaluators.claims.judging.trends import difference

METRIC, ARM, REAL, CONTROL = "distinct_pairs", "Gibbs", "real text", "one text"
MARGIN = 0.05


def judge(evidence: RowEvidence) -> Finding:
    """Compare the shares of different pairs, after the most sweeps."""
    at, sweeps = same_sweeps(evidence)
    require_context(at)
    real = by_seed(at, METRIC, REAL)
    control = difference(by_seed(at, METRIC, CONTROL), real)
    if rules.no_worse(control, MARGIN).word != "refuted":
        raise NotTestable(f"one text again and again is {control} less diverse: it must be worse")
    found = difference(by_seed(at, METRIC, ARM), real)
    ruling = rules.no_worse(found, MARGIN, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"after {sweeps:g} sweeps the share of different pairs is {found.estimate:+.3f}"
        f" ({found.ends[0]:+.3f} to {found.ends[1]:+.3f}) against real text,"
        f" {control.estimate:+.3f} with one text again and again; {found.n} seeds",
        threshold=-MARGIN,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """As diverse, less, noise, and a control that is diverse."""

    def rows(
        share: float, noise: float = 0.005, one: float = 0.01, context: float = 2.0
    ) -> RowEvidence:
        means = {ARM: share, REAL: 0.8, CONTROL: one}
        return texts(METRIC, means, noise=noise, context=context)

    return (
        Control("as diverse", rows(0.8), "holds"),
        Control("more diverse", rows(0.95), "holds"),
        Control("less", rows(0.4), "refuted"),
        Control("at the margin", rows(0.75, noise=0.05), "inconclusive"),
        Control("a checkpoint that cannot read", rows(0.95, context=0.0), "not testable here"),
        Control("the control is diverse", rows(0.8, one=0.8), "not testable here"),
    )


CLAIM = Claim(
    title="text sampled from BERT is diverse",
    sentence="Gibbs sampling from BERT gives texts that are diverse.",
    source=SOURCE + "; paraphrased. Nothing is printed but examples",
    decision_rule="The number is the share of different pairs of neighbours in sampled texts less"
    " that in as many real ones, after the most sweeps, paired by seed. Holds when it is surely"
    f" above −{MARGIN:g}, refuted when surely below (Student's t, each at 2.5%), inconclusive"
    " otherwise. Not testable where one real text again and again, the control, is not surely"
    " below, or where the checkpoint does not predict masked tokens surely"
    f" {CONTEXT:g} nats better than their frequencies. Noise is diverse too: see"
    " gibbs-text-is-like-text.",
    evidence=of_texts(METRIC),
    judge=judge,
    controls=controls,
    fresh=TEXTS,
    article=8119,
)
