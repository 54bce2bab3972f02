"""Under Adam dropout of gradients is a step of √p, on average."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import in_words, made_up_steps, ratios, steps_of
from evaluators.claims.judging.claim import Claim, Control, Finding, Word, decided
from evaluators.claims.judging.evidence import RowEvidence

METRIC = "update_mean"
WITHIN = 0.05


def judge(evidence: RowEvidence) -> Finding:
    """Compare the mean step with √p times that of all gradients."""
    found = ratios(evidence, METRIC, "child-tuning-f", power=0.5)
    same = 1 - WITHIN, 1 + WITHIN
    outside = [one for one in found.values() if one.ends[0] > same[1] or one.ends[1] < same[0]]
    worst = max(outside or found.values(), key=lambda one: abs(one.estimate - 1))
    verdict: Word = "inconclusive"
    if outside:
        verdict = "refuted"
    elif all(same[0] < one.ends[0] and one.ends[1] < same[1] for one in found.values()):
        verdict = "holds"
    return decided(
        worst,
        verdict,
        f"mean step / (√p · mean step with all gradients): {in_words(found)}; {worst.n} seeds",
        threshold=rules.bound(worst.estimate, *same),
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """√p, no change, p, and one lost in noise."""

    def made(ratio: float, noise: float = 0.002) -> RowEvidence:
        return made_up_steps({"plain": 0.7, "child-tuning-f (p 0.25)": 0.7 * ratio}, METRIC, noise)

    return (
        Control("half a step at a quarter", made(0.5), "holds"),
        Control("a whole step", made(1.0), "refuted"),
        Control("a quarter of a step", made(0.25), "refuted"),
        Control("half a step in much noise", made(0.5, 0.3), "inconclusive"),
        Control("no dropout", made_up_steps({"plain": 0.7}, METRIC), "not testable here"),
    )


CLAIM = Claim(
    title="under Adam, gradient dropout is a step of √p",
    sentence="Under Adam, dropout of gradients with 1/p multiplies the mean step by √p: it is a"
    " smaller learning rate.",
    source="Su Jianlin, kexue.fm/archives/8764 (2021-11-22); paraphrased",
    article=8764,
    decision_rule="The number is the mean step with a share p of the gradients, over √p times that"
    " with all, on drawn gradients of one mean and deviation, mean over seeds with a 95% interval"
    f" (Student's t); of several p the one farthest from 1. Holds when all intervals lie within"
    f" {WITHIN:g} of 1, refuted when one lies wholly outside, inconclusive otherwise.",
    evidence=steps_of(METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    version="2",
)
