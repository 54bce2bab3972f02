"""At an equal budget aMLP, gMLP with a tiny attention, is above attention."""

from __future__ import annotations

from evaluators.claims.judging.claim import Claim
from evaluators.claims.judging.mixing import (
    AMLP,
    ATTENTION,
    BENCH,
    GAIN_RULE,
    LEARNED,
    SOURCE,
    accuracy_gained,
    mixer_controls,
    of_mixers,
)

CLAIM = Claim(
    title="aMLP is above attention",
    sentence="At an equal budget aMLP, which is gMLP with a tiny attention in its gate, is better"
    " than attention.",
    source=f"{SOURCE} Liu and others 2021, arXiv:2105.08050; paraphrased",
    decision_rule="The number is aMLP less attention." + GAIN_RULE,
    evidence=of_mixers(*LEARNED),
    judge=lambda evidence: accuracy_gained(evidence, AMLP, ATTENTION, effect=2.0),
    controls=lambda: mixer_controls(AMLP, ATTENTION),
    fresh=BENCH,
    article=8431,
)
