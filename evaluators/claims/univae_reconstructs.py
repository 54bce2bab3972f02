"""One transformer with UniVAE's mask writes a sentence again from its latents alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import by_seed, made_up_arms
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
from evaluators.claims.judging.univae import BENCH

ARM, BROKEN = "several levels", "mask broken"
NONE, BAG = "best guess from nothing", "best guess from words without order"
WRITTEN, NOISE = "reconstruction", "reconstruction_from_noise"
MARGIN = 0.1
RULE = gain_rule(MARGIN).replace(
    ", or where the training loss of an arm still falls when training ends", ""
)
"""As the weight of the KL rises, losses early and late are not of one kind."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare with the best guess without the sentence's order, and with latents of no sentence."""
    ours = by_seed(evidence, WRITTEN, ARM)
    others = {
        **{arm: by_seed(evidence, WRITTEN, arm) for arm in (BAG, NONE)},
        "latents of no sentence": by_seed(evidence, NOISE, ARM),
    }
    gaps = {arm: difference(ours, theirs) for arm, theirs in others.items()}
    broken = _mean(evidence, NOISE, BROKEN)
    if broken < _mean(evidence, WRITTEN, ARM):
        raise NotTestable(
            f"{BROKEN} writes {broken:.3f} of the words without latents: it must need none"
        )
    found = min(gaps.values(), key=lambda gap: gap.estimate)
    numbers = {arm: sum(theirs.values()) / len(theirs) for arm, theirs in others.items()}
    return gained(
        found,
        f"{_mean(evidence, WRITTEN, ARM):.3f} of the words are right;"
        f" {', '.join(f'{arm} {number:.3f}' for arm, number in numbers.items())}; {BROKEN},"
        f" latents of no sentence {broken:.3f}; {found.n} seeds",
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
            (WRITTEN, NONE): 50.0,
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
    " those before from the means of the latents, less the largest of three: the best possible"
    " guess of each word by one who knows nothing of the sentence, by one who knows its words but"
    " not their order, and what is written from latents that are drawn from the prior; paired by"
    " seed (Student's t)." + RULE + " Not testable where the control, a decoder that sees all"
    " states of the encoder, needs latents too.",
    evidence=RowsOf(
        "arm_scores",
        by=("setting",),
        among={"evaluator": ("univae",), "task": ("topic sentences",)},
    ),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    level="small",
    article=8475,
)
