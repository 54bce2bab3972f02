"""Training one head on matching and NLI moves negations away from paraphrases."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in, made_up_arms, require_trained
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import WORLDS, of_methods, sides
from evaluators.statistics import Interval, mean_interval

NEGATION, PARAPHRASE = "negation_cosine", "paraphrase_cosine"
JOINT, RAW = "joint", "raw"
OTHERS = ("unmasked", "match-only", "nli-only")
MARGIN = 5.0
"""Hundredths of a cosine."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how much wider the gap between paraphrases and negations is than before training."""
    found = _widened(evidence, JOINT)
    require_trained(evidence, JOINT)
    known = [arm for arm in OTHERS if arm in arms_in(evidence, NEGATION)]
    beside = "".join(f"; {arm} {_widened(evidence, arm)}" for arm in known)
    cosines = [
        f"{name} {sum(before) / len(before):.1f} before, {sum(after) / len(after):.1f} after"
        for name, metric in (("negations", NEGATION), ("paraphrases", PARAPHRASE))
        for after, before in [zip(*sides(evidence, metric, JOINT, RAW), strict=True)]
    ]
    return gained(
        found,
        f"joint training widens the gap by {found} hundredths of a cosine, {found.n} seeds"
        f" ({', '.join(cosines)}){beside}",
        margin=MARGIN,
        look=evidence.look,
    )


def _widened(evidence: RowEvidence, arm: str) -> Interval:
    """Return by how much the mean cosine of paraphrases less negations is more than before."""
    paraphrases, negations = (sides(evidence, each, arm, RAW) for each in (PARAPHRASE, NEGATION))
    return mean_interval(
        [
            (p_after - n_after) - (p_before - n_before)
            for (p_after, p_before), (n_after, n_before) in zip(paraphrases, negations, strict=True)
        ]
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A wider gap, all cosines lower by the same, a narrower one, noise, no negations."""

    def made(negation: float, paraphrase: float, noise: float = 0.5) -> RowEvidence:
        after = {NEGATION: negation, PARAPHRASE: paraphrase}
        before = {NEGATION: 90.0, PARAPHRASE: 92.0}
        return RowEvidence(
            [
                row
                for draw, metric in enumerate(after)
                for row in made_up_arms(
                    {RAW: before[metric], JOINT: after[metric]},
                    metric=metric,
                    noise=noise,
                    draw=draw,
                )
            ]
        )

    return (
        Control("negations fall", made(30.0, 90.0), "holds"),
        Control("all cosines fall alike", made(60.0, 62.0), "refuted"),
        Control("paraphrases fall more", made(88.0, 70.0), "refuted"),
        Control("ten hundredths in much noise", made(80.0, 92.0, noise=15.0), "inconclusive"),
        Control(
            "no negations",
            RowEvidence(made_up_arms({RAW: 92.0, JOINT: 90.0}, metric=PARAPHRASE)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="a joint head lowers negations",
    sentence="After training one head on pairs of paraphrases and on NLI, a sentence and its"
    " negation have a low similarity.",
    source="Su Jianlin, kexue.fm/archives/8541 (2021-07-19): shown for 'I like Beijing' and 'I do"
    " not like Beijing', without a table; paraphrased",
    article=8541,
    decision_rule="The number is the mean cosine of paraphrases less that of pairs of a sentence"
    " and its negation after joint training, less the same before, in hundredths, paired by seed"
    " (Student's t), each setting by itself: a training that lowers all cosines lowers nothing"
    " here." + gain_rule(MARGIN),
    evidence=of_methods("joint_head", RAW, JOINT, *OTHERS),
    judge=judge,
    controls=controls,
    fresh=WORLDS["joint_head"],
)
