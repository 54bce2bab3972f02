"""8.33 is the constant: the coefficient of ln N is the same whatever is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, RowsOf, Word
from evaluators.claims.judging.dimensions import (
    GROUPS,
    LAWS,
    TASKS_IN_WORDS,
    VIEW,
    Needed,
    needed,
    parameter,
    points,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import apart, needs
from evaluators.statistics import Interval

NEAR = (6.0, 11.0)
"""What is still "8.33": the slope and n* / ln N must lie inside, a third off at most."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether the slope of n* in ln N, and n* / ln N at the largest N, are about 8.33."""
    from evaluators.dimension.law import fit_law

    cells = needed(evidence)
    found = points(cells)
    law, line = (
        fit_law(form, found.items, found.dimensions, found.errors)
        for form in ("log", "proportional")
    )
    slope, line_slope = law.b, line.b
    (low, high), (line_low, line_high) = slope.ends, line_slope.ends
    whole = _per_log(cells)
    verdict: Word = "inconclusive"
    both = (slope, whole)
    outside = [one for one in both if one.ends[0] > NEAR[1] or one.ends[1] < NEAR[0]]
    if outside and not found.doubt:
        verdict = "refuted"
    elif not found.doubt and all(NEAR[0] <= one.ends[0] and one.ends[1] <= NEAR[1] for one in both):
        verdict = "holds"
    shown = outside[0] if verdict == "refuted" else slope
    return Finding(
        verdict,
        f"n* / ln N at N = {max(found.items):,} is {whole.estimate:.4g} ({whole.low:.4g} …"
        f" {whole.high:.4g}); slope {slope.estimate:.4g} ({low:.4g} … {high:.4g}) over"
        f" {len(found.items)} cells, N = {min(found.items):,} …"
        f" {max(found.items):,}; without intercept {line_slope.estimate:.4g} ({line_low:.4g} …"
        f" {line_high:.4g})" + _theory(cells, parameter(evidence, "rho")) + found.doubt,
        statistic=shown.estimate,
        ci_low=shown.low,
        ci_high=shown.high,
        threshold=rules.bound(shown.estimate, *NEAR),
        rests_on=f"{len(found.items)} N",
    )


def _per_log(cells: Sequence[Needed]) -> Interval:
    """Return n* / ln N at the largest N that has an n*; without interval its ends are itself."""
    cell = max((cell for cell in cells if cell.n is not None), key=lambda cell: cell.items)
    log = math.log(cell.items)
    n = cell.n or 0.0
    low, high = cell.low or n, cell.high or n
    return Interval(n / log, low / log, high / log, 1)


def _theory(cells: Sequence[Needed], rho: float | None) -> str:
    """Return what theory says of the slope, in words."""
    from evaluators.dimension.law import fit_law

    said = ""
    known = [(cell.items, cell.predicted) for cell in cells if cell.predicted]
    items, predictions = [items for items, _ in known], [n for _, n in known]
    if len(set(items)) >= 3:
        predicted = fit_law("log", items, predictions).b.estimate
        said = f"; predicted at these N {predicted:.4g}"
    if rho is not None and 0 < rho < 1:
        said += f"; for N → ∞ of random vectors -2/ln(1 - ρ²) = {-2 / math.log1p(-rho * rho):.4g}"
    return said


def controls() -> Sequence[Control[RowEvidence]]:
    """Slopes of 8.33, 4.16 and 16; and 8.33 with wide intervals or a cut grid."""
    items = (100, 316, 1000, 3162, 10_000)
    right = (27.4, 36.6, 46.0, 55.8, 65.2)
    at_rho = needs(items, right, 0.4, predicted=right, parameters={"rho": 0.462})
    return (
        Control("a slope of 8.33", at_rho, "holds"),
        Control("the same without intervals", needs(items, right), "holds"),
        Control("a slope of 4.16", needs(items, [n / 2 for n in right], 0.4), "refuted"),
        Control("a slope of 16", needs(items, [2 * n for n in right], 0.4), "refuted"),
        Control("a slope of 8.33, 30 less", needs(items, [n - 19 for n in right], 0.4), "refuted"),
        Control("a slope of 8.7", needs(items, [n * 8.7 / 8.33 for n in right], 0.1), "holds"),
        Control("no growth", needs(items, (50, 51, 49, 50, 50), 0.4), "refuted"),
        Control("wide intervals", needs(items, right, 9), "inconclusive"),
        Control("three points of scatter", needs(items[:3], (24, 48, 64)), "inconclusive"),
        Control("as many tasks as N", apart(needs(items[:3], right[:3], 0.4)), "inconclusive"),
        Control("five tasks", apart(needs(items, right, 0.4)), "holds"),
        Control("the largest N beyond", needs(items, (*right[:4], None), 0.4), "inconclusive"),
        Control("one N", needs(items[:1], right[:1], 0.4), "not testable here"),
    )


CLAIM = Claim(
    title="8.33 is the constant",
    sentence="The number of dimensions that N things need is 8.33 ln N.",
    source="Su Jianlin, kexue.fm/archives/8711 (2021-09-27)",
    article=8711,
    decision_rule="The number is the slope b of n* = a + b ln N over three N or more, with its 95%"
    " interval: the wider of what the intervals of the n* and their scatter about the law give."
    " Beside it stands n* / ln N at the largest N: a slope of 8.33 with an intercept is not 8.33"
    f" ln N. The number is held against the nearer end of {NEAR[0]:g} to {NEAR[1]:g}: holds when"
    " both"
    " intervals lie inside, refuted when one lies outside, which is then the number. Inconclusive"
    " when one is wider, or at some N no n that was tried is enough. One"
    " verdict for each experiment, setting and criterion: a constant would"
    " have to hold in all." + TASKS_IN_WORDS,
    evidence=RowsOf(VIEW, by=GROUPS, among=LAWS),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    version="3",
)
