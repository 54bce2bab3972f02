"""Whether 8.33 ln N dimensions are enough, at every N."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evaluators.claims.judging.claim import Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up_needs import needs
from evaluators.claims.judging.needed import Needed, needed

FEWEST = 3
"""Cells without intervals that must agree."""

RULE_IN_WORDS = (
    "In each cell n95, the smallest n that keeps 95% of the gain (of the full score, of the"
    " accuracy), is set beside ⌈8.33 ln N⌉: 5% or less is lost at the rule's n where n95 is no"
    " larger. The number is the largest n95 / ⌈8.33 ln N⌉, with its interval, widened"
    " (Bonferroni) for the number of cells. Holds when the whole interval of every cell lies at 1"
    " or below, refuted when that of one cell lies above 1. Cells without intervals (one curve,"
    f" not repeated) decide only where all cells, {FEWEST} at least, lie on one side, and a cell"
    " whose n95 lies beyond the grid counts as one without. Inconclusive otherwise."
)

Place = Literal["within", "over", "unclear"]


class Ratio(NamedTuple):
    """n95 over the rule's n in one cell; a lower bound without interval where it is censored."""

    items: int
    n: float
    rule: int
    low: float | None
    high: float | None
    censored: bool

    @property
    def value(self) -> float:
        """n95 / ⌈8.33 ln N⌉."""
        return self.n / self.rule

    @property
    def place(self) -> Place:
        """Where the interval lies; where the number does, if there is none."""
        if self.low is None and self.high is None:
            if self.censored:
                return "over" if self.value >= 1 else "unclear"
            return "over" if self.value > 1 else "within"
        if self.low is not None and self.low > 1:
            return "over"
        return "within" if self.high is not None and self.high <= 1 else "unclear"


def judge_enough(evidence: RowEvidence) -> Finding:
    """Judge n95 against the rule at each N.

    Raises:
        NotTestable: No cell has an n.
    """
    cells = needed(evidence)
    if all(cell.n is None for cell in cells) and len(cells) < FEWEST:
        raise NotTestable("n95 lies beyond every n that was tried: widen the grid")
    ratios = [_ratio(cell, len(cells)) for cell in cells]
    worst = max(ratios, key=lambda ratio: ratio.value)
    over = [ratio for ratio in ratios if ratio.place == "over"]
    sure = [ratio for ratio in over if ratio.low is not None]
    measured = all(ratio.low is not None or ratio.high is not None for ratio in ratios)
    verdict: Word = "inconclusive"
    if sure:
        verdict, worst = "refuted", max(sure, key=lambda ratio: ratio.value)
    elif measured or len(ratios) >= FEWEST:
        if all(ratio.place == "within" for ratio in ratios):
            verdict = "holds"
        elif len(over) == len(ratios):
            verdict = "refuted"
    return Finding(
        verdict,
        "; ".join(_said(ratio) for ratio in ratios)
        + ("" if measured else "; not all have intervals"),
        statistic=worst.value,
        ci_low=worst.low,
        ci_high=worst.high,
        threshold=1.0,
    )


def _ratio(cell: Needed, cells: int) -> Ratio:
    from scipy.special import ndtri

    if cell.n is None:
        assert cell.beyond is not None  # noqa: S101 - needed() keeps no cell with neither
        return Ratio(cell.items, cell.beyond, cell.rule, None, None, True)
    wider = float(ndtri(1 - 0.025 / cells) / ndtri(0.975))
    low, high = (
        None if end is None else max(0.0, (cell.n + wider * (end - cell.n)) / cell.rule)
        for end in (cell.low, cell.high)
    )
    return Ratio(cell.items, cell.n, cell.rule, low, high, False)


def _said(ratio: Ratio) -> str:
    sign = ">" if ratio.censored else ""
    return f"N = {ratio.items:,}: n95 {sign}{ratio.n:.3g}, rule {ratio.rule}"


def enough_controls() -> Sequence[Control[RowEvidence]]:
    """n95 well below the rule, well above it, about it, and beyond the grid."""
    items = (100, 300, 1000)  # ⌈8.33 ln N⌉: 39, 48, 58
    return (
        Control("n95 at half the rule", needs(items, (20, 24, 29), 2), "holds"),
        Control("the same without intervals", needs(items, (20, 24, 29)), "holds"),
        Control("n95 at twice the rule", needs(items, (78, 96, 116), 5), "refuted"),
        Control("above the rule at one N", needs(items, (20, 48, 96), 5), "refuted"),
        Control("above it without intervals", needs(items, (60, 70, 96)), "refuted"),
        Control("the largest N beyond the grid", needs(items, (60, 70, None)), "refuted"),
        Control("wide intervals", needs(items, (30, 40, 50), 12), "inconclusive"),
        Control("both sides without intervals", needs(items, (20, 40, 90)), "inconclusive"),
        Control("too few N without intervals", needs(items[:2], (20, 24)), "inconclusive"),
        Control("nothing reached", needs(items[:1], (None,)), "not testable here"),
    )
