"""Where nothing must be mixed, all mixers are as good: the control of their comparison."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import ACCURACY, arms_in, made_up_arms
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mixing import ATTENTION, BENCH, MARGIN, lead, means, of_mixers


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether each mixer surely lies within the margin of attention."""
    others = [arm for arm in arms_in(evidence, ACCURACY) if arm != ATTENTION]
    if not others:
        raise NotTestable("nothing was measured beside attention")
    found = {arm: lead(evidence, arm, ATTENTION) for arm in others}
    rulings = {
        arm: rules.equal(each, 0.0, MARGIN, look=evidence.look) for arm, each in found.items()
    }
    outside = {arm: ruling for arm, ruling in rulings.items() if ruling.word == "refuted"}
    word: Word
    if outside:
        arm = min(outside, key=lambda arm: outside[arm].p_value)
        p_value = min(1.0, len(found) * outside[arm].p_value)
        word = "refuted" if p_value <= rules.ALPHA else "inconclusive"
    else:
        arm = max(rulings, key=lambda arm: rulings[arm].p_value)
        p_value, word = rulings[arm].p_value, rulings[arm].word
    return decided(
        found[arm],
        word,
        f"farthest from a tie: {arm} − attention {found[arm]} points; means {means(evidence)}",
        threshold=MARGIN,
        p_value=p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A tie, one behind, a tie in noise, and attention alone."""

    def made(behind: float, noise: float = 0.1) -> RowEvidence:
        points = {ATTENTION: 95.0, "fnet": 95.0, "gmlp": 95.0 - behind}
        return RowEvidence(made_up_arms(points, metric=ACCURACY, noise=noise))

    alone = RowEvidence(made_up_arms({ATTENTION: 95.0}, metric=ACCURACY))
    return (
        Control("a tie", made(0.0), "holds"),
        Control("one is behind", made(5.0), "refuted"),
        Control("in noise", made(0.0, 3.0), "inconclusive"),
        Control("attention alone", alone, "not testable here"),
    )


CLAIM = Claim(
    title="mixers tie on bags of tokens",
    sentence="Where a sequence is a bag of tokens, of which nothing must be mixed, all mixers are"
    " equally accurate: their comparison favours none.",
    source="This project's control of its comparison, on kexue.fm/archives/8431 (2021-05-24)",
    decision_rule="The number is the accuracy of the mixer that is farthest from a tie less that of"
    f" attention, in points, paired by seed. Holds when all lie within ±{MARGIN:g} (two one-sided"
    " tests at 5% each), refuted when one lies outside (5%, Bonferroni), inconclusive otherwise.",
    evidence=of_mixers("bag"),
    judge=judge,
    controls=controls,
    level="made-up",
    fresh=BENCH,
    article=8431,
)
