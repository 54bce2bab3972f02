"""Under Adam dropout of gradients lessens the variance of the step."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import FALL, in_words, made_up_steps, ratios, steps_of
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence

METRIC = "update_variance"


def judge(evidence: RowEvidence) -> Finding:
    """Compare the variance of the step with that with all gradients, at the smallest p."""
    found = ratios(evidence, METRIC, "child-tuning-f")
    smallest = list(found.values())[-1]
    verdict: Word = "inconclusive"
    if (smallest.high or 0.0) < FALL:
        verdict = "holds"
    elif (smallest.low or 0.0) > FALL:
        verdict = "refuted"
    said = f"variance / variance with all gradients: {in_words(found)}; {smallest.n} seeds"
    try:
        said += f"; a step of √p in its place: {in_words(ratios(evidence, METRIC, 'lr-root-p'))}"
    except NotTestable:
        said += "; a step of √p was not measured"
    return decided(smallest, verdict, said, threshold=FALL)


def controls() -> Sequence[Control[RowEvidence]]:
    """A fall, as a smaller rate has it; none; a rise; one lost in noise."""

    def made(ratio: float, noise: float = 0.002) -> RowEvidence:
        arms = {
            "plain": 0.026,
            "child-tuning-f (p 0.5)": 0.026,
            "child-tuning-f (p 0.1)": 0.026 * ratio,
        }
        return made_up_steps({**arms, "lr-root-p (p 0.1)": 0.0026}, METRIC, noise)

    return (
        Control("as a smaller rate", made(0.1), "holds"),
        Control("no change", made(1.0), "refuted"),
        Control("a rise", made(1.9), "refuted"),
        Control("a fall in much noise", made(0.9, 0.3), "inconclusive"),
        Control("no dropout", made_up_steps({"plain": 0.026}, METRIC), "not testable here"),
    )


CLAIM = Claim(
    title="under Adam, gradient dropout lessens variance",
    sentence="Under Adam dropout of gradients lessens the variance of the update, contrary to what"
    " its paper derives for SGD.",
    source="Su Jianlin, kexue.fm/archives/8764 (2021-11-22); paraphrased",
    article=8764,
    decision_rule="The number is the variance of the step over time with the smallest share of"
    " gradients, over that with all, on drawn gradients of one mean and deviation, mean over seeds"
    f" with a 95% interval (Student's t). Holds when the interval lies below {FALL:g}, refuted when"
    " it lies above, inconclusive otherwise; a smaller rate, the control, has p.",
    evidence=steps_of(METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
)
