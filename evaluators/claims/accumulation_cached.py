"""Cached accumulation equals the large batch."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import chunks
from evaluators.claims.judging.sweep import CHUNKS, EXACT, WRONG, errors, span

WAYS = ("cached", "cached, dropout", "surrogate")


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the largest error of the ways that should be exact."""
    found = {way: errors(evidence, way) for way in WAYS}
    largest = max(max(values) for values in found.values())
    verdict: Word = "inconclusive"
    if largest <= EXACT:
        verdict = "holds"
    elif largest > WRONG:
        verdict = "refuted"
    said = ", ".join(f"{way}: {span(values)}" for way, values in found.items())
    return Finding(
        verdict,
        f"relative errors: {said}; {len(found['cached'])} seeds; a small network on random images",
        statistic=largest,
        threshold=EXACT,
        rests_on=f"{len(found['cached'])} seeds",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding alone, another gradient with dropout, and something in between."""
    good = {"cached": (1e-7, 2e-7), "cached, dropout": (1e-7, 1e-7), "surrogate": (1e-15, 1e-15)}
    return (
        Control("rounding", chunks(good), "holds"),
        Control("off with dropout", chunks({**good, "cached, dropout": (0.5, 0.5)}), "refuted"),
        Control("a thousandth off", chunks({**good, "cached": (1e-3, 1e-7)}), "inconclusive"),
        Control("no surrogate", chunks({"cached": (1e-7,)}), "not testable here"),
    )


CLAIM = Claim(
    title="cached accumulation equals the big batch",
    sentence="Encoding twice, with the features' gradients cached in between, gives the gradient of"
    " the large batch in the memory of a small one.",
    source="Su Jianlin, kexue.fm/archives/8471 (2021-06-17); Gao et al. 2021, arXiv:2101.06983;"
    " paraphrased",
    article=8471,
    decision_rule="The number is the largest |gradient − whole| / |whole| over seeds and over three"
    " ways: cached; cached with dropout whose masks are replayed (beside the same chunked forward"
    " with all graphs kept); and the surrogate of 8471 in float64. Holds when it is at most"
    f" {EXACT:g}, which is rounding in float32, refuted when above {WRONG:g}, inconclusive"
    " in between.",
    evidence=CHUNKS,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
)
