"""C1: the arithmetic of the formula n > 8.33 ln N."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.dimensions import RULE, VIEW, needed
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import needs

PRINTED = {100_000: 96, 5_000_000: 128}
_SLACK = 1


def judge(evidence: RowEvidence) -> Finding:
    """Hold the exact smallest n at each N against 8.33 ln N, and against the printed examples."""
    from evaluators.dimension.law import fit_law

    cells = [cell for cell in needed(evidence) if cell.n is not None]
    if len({cell.items for cell in cells}) < 3:
        raise NotTestable(f"computed at {len(cells)} N: the coefficient needs three")
    items = [cell.items for cell in cells]
    smallest = [float(cell.n) for cell in cells if cell.n is not None]
    # A whole number is up to 1 above where the entropy crosses 0, by 1/2 on the average.
    slope = fit_law("log", items, [n - 0.5 for n in smallest]).b
    low, high = slope.ends
    farthest = max(cells, key=lambda cell: abs((cell.n or 0) - cell.rule))
    off = abs((farthest.n or 0) - farthest.rule)
    found = dict(zip(items, smallest, strict=True))
    wrong = [N for N, n in PRINTED.items() if N in found and found[N] != n]
    verdict: Word = "holds"
    if off > _SLACK or wrong:
        verdict = "refuted"
    elif not (set(PRINTED) <= set(found) and low <= RULE <= high):
        verdict = "inconclusive"
    examples = ", ".join(
        f"N = {N:,}: {found[N]:g} (printed {n})" for N, n in PRINTED.items() if N in found
    )
    return Finding(
        verdict,
        f"{examples or 'neither printed example'}; {len(cells)} N, at most {off:g} from"
        f" ⌈8.33 ln N⌉ (N = {farthest.items:,}); the slope of the exact n in ln N is"
        f" {slope.estimate:.4g} ({low:.4g} … {high:.4g}), its limit 4/ln φ = 8.3123: 8.33 is"
        " 2/0.24, rounded on the way",
        statistic=float(off),
        threshold=float(_SLACK),
        rests_on=f"{len(cells)} N, computed exactly",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """The formula itself, the same with the logarithm to base 2, one example off, and a part."""
    items = (100, 1000, 10_000, 100_000, 1_000_000, 5_000_000)
    right = (38, 58, 77, 96, 115, 128)
    return (
        Control("the natural logarithm", needs(items, right), "holds"),
        Control("the logarithm to base 2", needs(items, (55, 83, 111, 138, 166, 185)), "refuted"),
        Control("one example off", needs(items, (38, 58, 77, 97, 115, 128)), "refuted"),
        Control("without the printed N", needs(items[:3], right[:3]), "inconclusive"),
        Control("two N", needs(items[:2], right[:2]), "not testable here"),
    )


CLAIM = Claim(
    title="the formula gives n > 8.33 ln N",
    sentence="The entropy of N vectors in n dimensions falls below 0 where n > 8.33 ln N: 96 for"
    " N = 100,000, 128 for N = 5,000,000.",
    source="Su Jianlin, kexue.fm/archives/8711 (2021-09-27), derived in kexue.fm/archives/7695;"
    " the examples fix the logarithm as the natural one",
    article=8711,
    decision_rule="The smallest n with 2 ln N + h(n) < 0, computed exactly, is set beside 8.33 ln"
    " N. The number is how far it is from ⌈8.33 ln N⌉ where that is farthest. Holds when at every N"
    f" it is {_SLACK} off at most, 96 and 128 at the printed two,"
    " and the interval of its slope in ln N contains 8.33. Refuted when it is farther off at one N,"
    " or another number at a printed one. Inconclusive when the printed N were not computed, or the"
    " slope's interval misses 8.33; not testable with fewer than three N. This judges the"
    " arithmetic alone, not whether anything real needs so many dimensions.",
    evidence=RowsOf(VIEW, by=("experiment",), among={"experiment": ("theory",)}),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    version="2",
)
