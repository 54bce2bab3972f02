"""Nyström attention errs more with the exact pseudo-inverse than with six iterations."""

from __future__ import annotations

from evaluators.claims.judging.claim import Claim
from evaluators.claims.judging.landmarks import (
    ERROR_RULE,
    EXACT,
    SIX,
    at_published_size,
    error_controls,
    error_factor,
)

CLAIM = Claim(
    title="the exact inverse errs more than six iterations",
    sentence="With fewer landmarks than tokens the output of Nyström attention is farther from"
    " attention's with the exact pseudo-inverse than with six iterations, which are far from it:"
    " stopping early keeps small singular values from being inverted.",
    source="This project's own finding, on kexue.fm/archives/8180 (2021-02-16)",
    decision_rule="The number is the error with the exact pseudo-inverse over that with six"
    " iterations, 64 landmarks of 512 tokens." + ERROR_RULE,
    evidence=at_published_size("", "likeness *, "),
    judge=lambda evidence: error_factor(evidence, EXACT, SIX),
    controls=lambda: error_controls(EXACT, SIX),
    level="small",
    article=8180,
)
