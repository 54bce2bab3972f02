"""Our own reading: the cosines of strangers set how many dimensions retrieval needs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.dimensions import GROUPS, VIEW, needed
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import needs

NARROW = 0.05


def judge(evidence: RowEvidence) -> Finding:
    """Average ln(measured / predicted) over N, each cell with the weight one."""
    logs, halves = [], []
    for cell in needed(evidence):
        # A ratio needs ends above 0; a cell without them says nothing about it.
        if cell.n and cell.predicted and cell.high and cell.low is not None and cell.low > 0:
            logs.append(math.log(cell.n / cell.predicted))
            halves.append(math.log(cell.high / cell.low) / 2)
    if not logs:
        raise NotTestable("no cell has a prediction and an interval")
    mean = math.fsum(logs) / len(logs)
    half = math.hypot(*halves) / len(halves)
    low, high = math.exp(mean - half), math.exp(mean + half)
    verdict: Word = "inconclusive"
    if low > 1 + NARROW or high < 1 - NARROW:
        verdict = "refuted"
    elif low >= 1 - NARROW and high <= 1 + NARROW:
        verdict = "holds"
    farthest = math.exp(max(logs, key=abs))
    return Finding(
        verdict,
        f"measured over predicted n*, mean of {len(logs)} cells; the farthest cell {farthest:.3f}",
        statistic=math.exp(mean),
        ci_low=low,
        ci_high=high,
        threshold=rules.bound(math.exp(mean), 1 - NARROW, 1 + NARROW),
        rests_on=f"{len(logs)} N",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Measurements about the prediction, a tenth above it, and too rough to tell."""
    items, theory = (100, 1000, 10_000), (27.2, 45.8, 65.5)
    near, far = (27.4, 45.5, 65.6), [1.1 * n for n in theory]
    return (
        Control("as predicted", needs(items, near, 0.4, predicted=theory), "holds"),
        Control("a tenth more", needs(items, far, 0.4, predicted=theory), "refuted"),
        Control("a tenth less", needs(items, theory, 0.4, predicted=far), "refuted"),
        Control(
            "half a per cent more",
            needs(items, [1.005 * n for n in theory], 0.05, predicted=theory),
            "holds",
        ),
        Control("wide intervals", needs(items, near, 5, predicted=theory), "inconclusive"),
        Control("no prediction", needs(items, near, 0.4), "not testable here"),
        Control("no intervals", needs(items, near, predicted=theory), "not testable here"),
    )


CLAIM = Claim(
    title="retrieval needs what random cosines predict",
    sentence="The dimensions that recall@1 of noisy copies needs follow from the largest of N - 1"
    " random cosines; the coefficient of ln N tends to -2/ln(1 - ρ²) and depends on the noise.",
    source="rankcheck, docs/reports/dimension.md: our reading of the formula, against which its"
    " constant is held",
    decision_rule="The number is the geometric mean over N of measured over predicted n*, with a"
    " 95% interval from those of the n* (cells are independent). It is held against the"
    f" nearer end of 1 ± {NARROW:g}: holds when the interval lies inside, refuted when it lies"
    " outside, inconclusive when it is wider.",
    evidence=RowsOf(VIEW, by=GROUPS, among={"experiment": ("retrieval",)}),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    version="3",
)
