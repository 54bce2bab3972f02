"""Landmarks rest on neighbours that are alike: shuffled tokens are approximated worse."""

from __future__ import annotations

from evaluators.claims.judging.claim import Claim
from evaluators.claims.judging.landmarks import (
    ERROR_RULE,
    SHUFFLED,
    SIX,
    SOURCE,
    at_published_size,
    error_controls,
    error_factor,
)

CLAIM = Claim(
    title="landmarks need neighbours that are alike",
    sentence="Means of segments stand for their tokens only where neighbours are alike; exact"
    " attention does not mind the order of the tokens, landmarks do.",
    source=SOURCE,
    decision_rule="The number is the error of Nyström attention with six iterations on shuffled"
    " tokens over that on the same tokens in order, 64 landmarks of 512 tokens." + ERROR_RULE,
    evidence=at_published_size("", "likeness 0.*, "),
    judge=lambda evidence: error_factor(evidence, SIX + SHUFFLED, SIX),
    controls=lambda: error_controls(SIX + SHUFFLED, SIX),
    level="small",
    article=8180,
)
