"""The needed dimension grows like the logarithm of N, not like a power."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, RowsOf, Word
from evaluators.claims.judging.dimensions import GROUPS, LAWS, TASKS_IN_WORDS, VIEW, needed, points
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import apart, needs

BEST_R_SQUARED = 0.98
_SEED = 833


def judge(evidence: RowEvidence) -> Finding:
    """Fit both laws and ask which of them the points exclude."""
    import numpy as np

    from evaluators.dimension.law_comparison import compare_laws

    found = points(needed(evidence))
    rng = np.random.default_rng(_SEED)
    laws = compare_laws(found.items, found.dimensions, found.errors, rng=rng)
    r_squared = laws.log.r_squared or 0.0
    slope = laws.log.b
    low, high = slope.ends
    verdict: Word = "inconclusive"
    if not found.doubt:
        if laws.verdict == "power" or high < 0:
            verdict = "refuted"
        elif laws.verdict == "log" and r_squared > BEST_R_SQUARED and low > 0:
            verdict = "holds"
    return Finding(
        verdict,
        f"{laws.sentence}; R² {r_squared:.4f}, slope {slope.estimate:.4g}"
        f" ({low:.4g} … {high:.4g})" + found.doubt,
        statistic=laws.evidence_ratio,
        threshold=1.0,
        rests_on=f"{len(found.items)} N",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A logarithm, a root, and both with too much noise, too few points or a cut grid."""
    items = (100, 316, 1000, 3162, 10_000)
    log = (28.0, 37.4, 45.5, 55.3, 64.8)
    root = (10.2, 17.5, 31.8, 55.9, 100.3)
    return (
        Control("a logarithm", needs(items, log, 0.4), "holds"),
        Control("the same without intervals", needs(items, log), "holds"),
        Control("a square root", needs(items, root, 0.4), "refuted"),
        Control("it falls with N", needs(items, log[::-1], 0.4), "refuted"),
        Control("wide intervals", needs(items, log, 20), "inconclusive"),
        Control("three points of scatter", needs(items[:3], (24, 48, 64)), "inconclusive"),
        Control("as many tasks as N", apart(needs(items[:3], log[:3], 0.4)), "inconclusive"),
        Control("five tasks", apart(needs(items, log, 0.4)), "holds"),
        Control("the largest N beyond", needs(items, (*log[:4], None), 0.4), "inconclusive"),
        Control("no growth", needs(items, (50, 44, 52, 46, 50)), "inconclusive"),
        Control("two N", needs(items[:2], log[:2], 0.4), "not testable here"),
    )


CLAIM = Claim(
    title="needed dimensions grow like ln N",
    sentence="The dimension that N things need is proportional to the logarithm of N.",
    source="Su Jianlin, kexue.fm/archives/8711 (2021-09-27) and 8706 on the lemma of Johnson and"
    " Lindenstrauss; in our words",
    article=8711,
    decision_rule="n* = a + b ln N and n* = a N^b are fitted to three N or more, weighted by the"
    " intervals of the n* where all have one. The number is the evidence ratio, exp(ΔAIC/2), above"
    " 1 in favour of the logarithm. Each law is then tested by 999 sets of points drawn from it"
    " (fixed seed). Holds when these exclude the power law at 5% and not the logarithm, R² is"
    f" above {BEST_R_SQUARED} and the slope above 0. Refuted when they exclude the logarithm alone,"
    " or n* falls with N. Inconclusive when neither or both are excluded, R² is lower, or at some N"
    " no n that was tried is enough (a law without these is too flat)." + TASKS_IN_WORDS,
    evidence=RowsOf(VIEW, by=GROUPS, among=LAWS),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
)
