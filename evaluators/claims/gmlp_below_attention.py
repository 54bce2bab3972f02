"""At an equal budget gMLP is below attention."""

from __future__ import annotations

from evaluators.claims.judging.claim import Claim
from evaluators.claims.judging.mixing import (
    ATTENTION,
    BENCH,
    GAIN_RULE,
    GMLP,
    LEARNED,
    SOURCE,
    accuracy_gained,
    mixer_controls,
    of_mixers,
)

CLAIM = Claim(
    title="gMLP is below attention",
    sentence="At an equal budget gMLP, which gates with one matrix over positions, is a little"
    " worse than attention.",
    source=f"{SOURCE} Liu and others 2021, arXiv:2105.08050; paraphrased",
    decision_rule="The number is attention less gMLP." + GAIN_RULE,
    evidence=of_mixers(*LEARNED),
    judge=lambda evidence: accuracy_gained(evidence, ATTENTION, GMLP, effect=2.0),
    controls=lambda: mixer_controls(ATTENTION, GMLP),
    fresh=BENCH,
    article=8431,
)
