"""One transformer with UniVAE's mask writes a sentence again from its latents alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import by_seed, made_up_arms, require_trained
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import difference
from evaluators.statistics import Interval

ARM, BAG, NONE, BROKEN = (
    "several levels",
    "words without order",
    "no latents",
    "mask broken",
)
WRITTEN, TOLD, NOISE = (
    "reconstruction",
    "reconstruction_told",
    "reconstruction_from_noise",
)
MARGIN = 0.1


def judge(evidence: RowEvidence) -> Finding:
    """Compare with the better of two that lack order or latents, if the latents matter at all."""
    require_trained(evidence, ARM, BAG, NONE)
    ours = by_seed(evidence, WRITTEN, ARM)
    gaps = {
        BAG: difference(ours, by_seed(evidence, WRITTEN, BAG)),
        # The true past helps the other, and not us.
        NONE: difference(ours, by_seed(evidence, TOLD, NONE)),
    }
    by_noise = difference(ours, by_seed(evidence, NOISE, ARM))
    broken = _mean(evidence, NOISE, BROKEN)
    if broken < _mean(evidence, WRITTEN, ARM):
        raise NotTestable(
            f"{BROKEN} writes {broken:.3f} of the words without latents: it must need none"
        )
    least = min(gaps, key=lambda arm: gaps[arm].estimate)
    found: Interval = min(gaps[least], by_noise, key=lambda gap: gap.estimate)
    return gained(
        found,
        f"{_mean(evidence, WRITTEN, ARM):.3f} of the words are right, {BAG}"
        f" {_mean(evidence, WRITTEN, BAG):.3f}, {NONE} {_mean(evidence, TOLD, NONE):.3f}, from"
        f" noise {_mean(evidence, NOISE, ARM):.3f}; {BROKEN}, from noise {broken:.3f};"
        f" {found.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def _mean(evidence: RowEvidence, metric: str, arm: str) -> float:
    values = by_seed(evidence, metric, arm)
    return sum(values.values()) / len(values)


def controls() -> Sequence[Control[RowEvidence]]:
    """Far better, no better than one of the two, just about, and a broken mask that fails too."""

    def made(numbers: Mapping[tuple[str, str], float], noise: float = 0.3) -> RowEvidence:
        usual = {
            (WRITTEN, ARM): 95.0,
            (WRITTEN, BAG): 50.0,
            (TOLD, NONE): 50.0,
            (NOISE, ARM): 15.0,
            (NOISE, BROKEN): 99.0,
        }
        return RowEvidence(
            [
                row
                for draw, ((metric, arm), value) in enumerate({**usual, **numbers}.items())
                for row in made_up_arms({arm: value}, metric=metric, noise=noise, draw=draw)
            ]
        )

    return (
        Control("far better", made({}), "holds"),
        Control("a bag of words is as good", made({(WRITTEN, BAG): 95.0}), "refuted"),
        Control("latents do not matter", made({(NOISE, ARM): 95.0}), "refuted"),
        Control("noise", made({(WRITTEN, BAG): 84.0}, noise=20.0), "inconclusive"),
        Control("mask broken fails", made({(NOISE, BROKEN): 15.0}), "not testable here"),
    )


CLAIM = Claim(
    title="One transformer with UniVAE's mask is a VAE",
    sentence="With a mask that shows the decoder the encoder's [CLS] alone one transformer is"
    " encoder and decoder of a variational autoencoder.",
    source="Su Jianlin, kexue.fm/archives/8475 (2021-06-29); of its five printed reconstructions of"
    " Chinese questions two are exact; paraphrased",
    decision_rule="The number is the share of words that are right where each is written after"
    " those before from the means of the latents, less the largest of three: that of a UniVAE whose"
    " encoder does not know the order of the words, that of one without latents, which is told the"
    " true words before, and its own with latents drawn from the prior; new sentences, paired by"
    " seed (Student's t)." + gain_rule(MARGIN) + " Not testable where the control, a decoder that"
    " sees all states of the encoder, needs latents too.",
    evidence=RowsOf(
        "arm_scores",
        by=("setting",),
        among={"evaluator": ("univae",), "task": ("topic sentences",)},
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8475,
)
